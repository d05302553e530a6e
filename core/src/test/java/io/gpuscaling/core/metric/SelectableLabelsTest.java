package io.gpuscaling.core.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectableLabelsTest {

  @ParameterizedTest
  @CsvSource({
    "1g.10gb+me, 1g.10gb_me",
    "NVIDIA A100-SXM4-40GB, NVIDIA_A100-SXM4-40GB",
    "/, x_x",
    "a/b, a_b",
    "-a-, x-a-x",
    "größe, gr__e"
  })
  void value_thatNoSelectorCanHave_hasAnAlias(String value, String alias) {
    assertThat(SelectableLabels.of(Labels.of("queue", value)).get("queue")).isEqualTo(alias);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "n8n.ai.generation.queue", "GPU-5fd4f087-86f3"})
  void value_thatASelectorCanHave_isTheSameInstance(String value) {
    Labels labels = Labels.of("queue", value, "vhost", "default");

    assertThat(SelectableLabels.of(labels)).isSameAs(labels);
  }

  @Test
  void longValue_isCutAndKeptApartByItsHash() {
    String one = SelectableLabels.alias("q".repeat(100) + "1");
    String other = SelectableLabels.alias("q".repeat(100) + "2");

    assertThat(one).hasSize(63).isNotEqualTo(other);
    assertThat(SelectableLabels.isSelectable(one)).isTrue();
  }

  @Test
  void namesOfObjects_stayAsTheyAre() {
    Labels labels = Labels.of("pod", "p".repeat(100), "queue", "q");

    assertThat(SelectableLabels.of(labels)).isSameAs(labels);
  }

  @Test
  void anyValue_hasASelectableAlias() {
    long seed = 20_261_125;
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 10_000; i++) {
      var value = new StringBuilder();
      for (int length = random.nextInt(1, 90); length > 0; length--) {
        value.append((char) random.nextInt(32, 400));
      }
      assertThat(SelectableLabels.isSelectable(SelectableLabels.alias(value.toString())))
          .as("seed %d: %s", seed, value)
          .isTrue();
    }
  }
}
