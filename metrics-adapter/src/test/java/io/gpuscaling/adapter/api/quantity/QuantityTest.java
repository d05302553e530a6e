package io.gpuscaling.adapter.api.quantity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {

  private static final Map<Character, Integer> POWERS =
      Map.of('m', -3, 'k', 3, 'M', 6, 'G', 9, 'T', 12, 'P', 15);

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, 0",
    "1, 1",
    "1000, 1k",
    "1500, 1500",
    "1500000, 1500k",
    "120000, 120k",
    "250000000, 250M",
    "0.5, 500m",
    "1.5, 1500m",
    "0.001, 1m",
    "100035, 100035",
    "1234567000000, 1234567M",
    "-0.5, -500m",
    "-1500, -1500",
    "1024, 1024",
    "1073741824, 1073741824",
    "85899345920, 85899345920",
    "7000000000000, 7T",
    "3000000000000000, 3P",
    // half up by magnitude, on the shortest text
    "1.0004, 1",
    "1.0005, 1001m",
    "-1.0005, -1001m",
    "0.0005, 1m",
    // what is not zero never becomes zero
    "0.0001, 1m",
    "1e-300, 1m",
    "4.9e-324, 1m",
    "-0.0001, -1m",
    // the edge of what an HPA can read
    "9223372036854774, 9223372036854774",
    "9223372036854776, 9223372036854775807m",
    "1e16, 9223372036854775807m",
    "1.7976931348623157e308, 9223372036854775807m",
    "-1e300, -9223372036854775807m",
  })
  void format_number_isCanonical(double value, String expected) {
    assertThat(Quantity.format(value)).isEqualTo(expected);
  }

  /**
   * What an HPA computes with: thousandths, of which it rounds up a rest. The rows of the
   * contract's table of quantities, as numbers; those that overflow in the HPA are clamped.
   */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, 0",
    "1, 1000",
    "1000, 1000000",
    "1500, 1500000",
    "1500000, 1500000000",
    "120000, 120000000",
    "250000000, 250000000000",
    "0.5, 500",
    "5., 5000",
    "1.5, 1500",
    "0.001, 1",
    "0.0001, 1",
    "0.0000000001, 1",
    "3.001e-9, 1",
    "999e-6, 1",
    "100035, 100035000",
    "1234567e6, 1234567000000000",
    "0.000000001024, 1",
    "12e18, 9223372036854775807",
    "1024, 1024000",
    "1048576, 1048576000",
    "524288, 524288000",
    "1610612736, 1610612736000",
    "1024000, 1024000000",
    "102435.84, 102435840",
    "53687091.2, 53687091200",
    "1023, 1023000",
    "1025, 1025000",
    "9223372036854775807, 9223372036854775807",
    "1.5e3, 1500000",
    "123e2, 12300000",
    "1e-3, 1",
    "0.08, 80",
    "-0.5, -500",
    "-1610612736, -1610612736000",
    "9223372036854775, 9223372036854775000",
    "9223372036854775.807, 9223372036854775807",
    "9223372036854776, 9223372036854775807",
    "-9223372036854776, -9223372036854775807",
    "1e16, 9223372036854775807",
  })
  void format_numberOfTheContract_isReadAsItsThousandths(double value, long milli) {
    BigDecimal printed = read(Quantity.format(value));

    // A double near the limit is no exact multiple of a thousandth.
    BigDecimal slack = BigDecimal.valueOf(Math.ulp(value));
    assertThat(printed).isCloseTo(BigDecimal.valueOf(milli, 3), within(slack));
    assertThat(printed.abs()).isLessThanOrEqualTo(BigDecimal.valueOf(Quantity.MAX_MILLI, 3));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void format_noNumber_isRefused(double value) {
    assertThatIllegalArgumentException().isThrownBy(() -> Quantity.format(value));
  }

  @Test
  void format_anyNumber_isWithinHalfAThousandthAndNeverZero() {
    var random = new SplittableRandom(42);
    for (int i = 0; i < 20_000; i++) {
      double value = (random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(-6, 15));
      BigDecimal printed = read(Quantity.format(value));

      BigDecimal off = printed.subtract(BigDecimal.valueOf(value)).abs();
      BigDecimal allowed = new BigDecimal(Math.abs(value) < 0.0005 ? "0.001" : "0.0005");
      assertThat(off).as("%s", value).isLessThanOrEqualTo(allowed);
      assertThat(printed.signum()).as("%s", value).isEqualTo((int) Math.signum(value));
    }
  }

  private static BigDecimal read(String quantity) {
    Integer power = POWERS.get(quantity.charAt(quantity.length() - 1));
    return power == null
        ? new BigDecimal(quantity)
        : new BigDecimal(quantity.substring(0, quantity.length() - 1)).scaleByPowerOfTen(power);
  }
}
