package io.gpuscaling.adapter.api.quantity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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
