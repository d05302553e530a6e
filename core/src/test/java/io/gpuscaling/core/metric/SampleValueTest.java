package io.gpuscaling.core.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SampleValueTest {

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void known_notFinite_isRefused(double value) {
    assertThatIllegalArgumentException().isThrownBy(() -> SampleValue.exact(value));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SampleValue.Known(value, Exactness.ESTIMATE));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.MAX_VALUE, Double.MIN_VALUE})
  void known_finite_isTaken(double value) {
    assertThat(SampleValue.exact(value)).isEqualTo(new SampleValue.Known(value, Exactness.EXACT));
  }

  @ParameterizedTest
  @EnumSource(UnknownReason.class)
  void unknown_anyReason_isNeverZero(UnknownReason reason) {
    assertThat(SampleValue.unknown(reason)).isNotEqualTo(SampleValue.exact(0));
    assertThat(reason.text()).isNotBlank();
  }
}
