package io.gpuscaling.adapter.api.quantity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Any number: the printer and arithmetic without limits agree, and the text is canonical. */
public class QuantityFuzzTest {

  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);
  private static final String SUFFIXES = "kMGTP";

  /** What {@code make fuzz} runs: the first eight bytes are the number, or the text is. */
  public static void fuzzerTestOneInput(byte[] data) {
    check(ByteBuffer.wrap(Arrays.copyOf(data, Double.BYTES)).getDouble());
    try {
      check(Double.parseDouble(new String(data, StandardCharsets.ISO_8859_1)));
    } catch (NumberFormatException e) {
      // no number
    }
  }

  private static void check(double value) {
    if (!Double.isFinite(value)) {
      assertThatIllegalArgumentException().isThrownBy(() -> Quantity.format(value));
      return;
    }
    BigInteger milli = milli(value);
    String text = Quantity.format(value);
    assertThat(text).matches("0|-?[1-9][0-9]*[mkMGTP]?").isEqualTo(print(milli));
  }

  /** Half up by magnitude, never zero for what is not zero, within what an HPA can read. */
  private static BigInteger milli(double value) {
    BigDecimal magnitude = new BigDecimal(Double.toString(Math.abs(value)));
    BigInteger rounded =
        magnitude
            .movePointRight(3)
            .add(new BigDecimal("0.5"))
            .setScale(0, RoundingMode.FLOOR)
            .toBigIntegerExact();
    if (rounded.signum() == 0 && value != 0) {
      rounded = BigInteger.ONE;
    }
    return rounded.min(MAX).multiply(BigInteger.valueOf((long) Math.signum(value)));
  }

  /** The largest unit that leaves an integer. */
  private static String print(BigInteger milli) {
    for (int i = SUFFIXES.length(); i > 0; i--) {
      BigInteger[] parts = milli.divideAndRemainder(BigInteger.TEN.pow(3 + 3 * i));
      if (milli.signum() != 0 && parts[1].signum() == 0) {
        return parts[0].toString() + SUFFIXES.charAt(i - 1);
      }
    }
    BigInteger[] parts = milli.divideAndRemainder(BigInteger.valueOf(1000));
    return parts[1].signum() == 0 ? parts[0].toString() : milli + "m";
  }

  @FuzzTest(maxDuration = "10s")
  void quantity(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(QuantityFuzzTest::fuzzerTestOneInput, QuantityFuzzTest.class, "quantity");
  }
}
