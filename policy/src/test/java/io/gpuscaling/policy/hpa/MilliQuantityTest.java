package io.gpuscaling.policy.hpa;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MilliQuantityTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "42, 42000",
    "1500m, 1500",
    "120k, 120000000",
    "1.5, 1500",
    ".5, 500",
    "2., 2000",
    "+3, 3000",
    "-3, -3000",
    "1u, 1", // rounded up, as the HPA does
    "1001u, 2",
    "-1500u, -1",
    "1n, 1",
    "2e3, 2000000",
    "5E-1, 500",
    "1E, 1000000000000000000000", // clamped below
    "4Gi, 4294967296000",
    "1Ki, 1024000",
  })
  void parse_quantity_thousandthsRoundedUp(String text, String milli) {
    long expected = milli.length() > 19 ? Long.MAX_VALUE : Long.parseLong(milli);
    assertThat(MilliQuantity.parse(text)).hasValue(expected);
  }

  @Test
  void parse_belowTheSmallest_clamped() {
    assertThat(MilliQuantity.parse("-9E")).hasValue(-Long.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " 1", "1 ", "k", "1K", "1ki", "1mm", "1e", "1e9999", "NaN", "--1", "1.2.3"})
  void parse_noQuantity_empty(String text) {
    assertThat(MilliQuantity.parse(text)).isEmpty();
  }

  @Test
  void parse_longest_isRead() {
    assertThat(MilliQuantity.parse("0".repeat(63) + "1")).hasValue(1_000);
  }

  @Test
  void parse_tooLong_empty() {
    assertThat(MilliQuantity.parse("1".repeat(65))).isEmpty();
  }

  @Test
  void format_thousandths_shortest() {
    assertThat(MilliQuantity.format(12_000)).isEqualTo("12");
    assertThat(MilliQuantity.format(1_500)).isEqualTo("1500m");
    assertThat(MilliQuantity.format(0)).isEqualTo("0");
  }
}
