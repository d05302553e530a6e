package io.gpuscaling.adapter.api.selector;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.selector.FieldSelector.Parsed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldSelectorTest {

  @ParameterizedTest
  @CsvSource({
    // selector, matches name a in namespace n, required name
    "'', true, ",
    "metadata.name=a, true, a",
    "metadata.name==a, true, a",
    "metadata.name=b, false, b",
    "metadata.name!=a, false, ",
    "metadata.name!=b, true, ",
    "metadata.namespace=n, true, ",
    "metadata.namespace!=n, false, ",
    "'metadata.name=a,metadata.namespace=n', true, a",
    "'metadata.name=a,,', true, a",
  })
  void parse_valid_matchesNameAndNamespace(String text, boolean matches, String required) {
    assertThat(FieldSelector.parse(text))
        .isInstanceOfSatisfying(
            Parsed.Valid.class,
            valid -> {
              assertThat(valid.selector().matches("a", "n")).isEqualTo(matches);
              assertThat(valid.selector().requiredName().orElse(null)).isEqualTo(required);
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"status.phase=Running", "metadata.name", "=a", "!=a", "metadata.uid!=x"})
  void parse_otherFields_isInvalid(String text) {
    assertThat(FieldSelector.parse(text)).isInstanceOf(Parsed.Invalid.class);
  }

  @Test
  void parse_tooManyTerms_isInvalid() {
    String most = "metadata.name=a,".repeat(FieldSelector.MAX_TERMS);

    assertThat(FieldSelector.parse(most.substring(0, most.length() - 1)))
        .isInstanceOf(Parsed.Valid.class);
    assertThat(FieldSelector.parse(most + "metadata.name=a")).isInstanceOf(Parsed.Invalid.class);
  }
}
