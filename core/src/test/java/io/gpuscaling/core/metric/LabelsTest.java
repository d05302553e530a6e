package io.gpuscaling.core.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LabelsTest {

  @Test
  void of_anyOrder_isTheSameSet() {
    Labels one = Labels.of("queue", "jobs", "vhost", "default");
    Labels other = Labels.of("vhost", "default", "queue", "jobs");

    assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
    assertThat(one).hasToString("{queue=\"jobs\",vhost=\"default\"}");
  }

  @Test
  void of_emptyValue_differsFromAbsent() {
    Labels empty = Labels.of("queue", "");

    assertThat(empty).isNotEqualTo(Labels.EMPTY);
    assertThat(empty.get("queue")).isEmpty();
    assertThat(Labels.EMPTY.get("queue")).isNull();
    assertThat(Labels.EMPTY.getOrEmpty("queue")).isEmpty();
    assertThat(empty.isEmpty()).isFalse();
    assertThat(Labels.EMPTY.isEmpty()).isTrue();
  }

  @Test
  void of_nameAndValueSwapped_isAnotherSet() {
    assertThat(Labels.of("a", "b")).isNotEqualTo(Labels.of("b", "a")).isNotEqualTo("{a=\"b\"}");
  }

  @Test
  void of_oddCount_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Labels.of("queue"));
  }

  @Test
  void of_nameTwice_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Labels.of("queue", "a", "queue", "b"))
        .withMessageContaining("queue");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1a", "a-b", "a b", "ä", "a:b", "a\n"})
  void of_badName_isRefused(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> Labels.of(name, "value"));
    assertThatIllegalArgumentException().isThrownBy(() -> Labels.EMPTY.with(name, "value"));
  }

  @Test
  void of_mapChangedAfterwards_keepsWhatItWas() {
    var map = new HashMap<>(Map.of("queue", "jobs"));
    Labels labels = Labels.of(map);
    map.put("queue", "other");

    labels.asMap().put("queue", "another");

    assertThat(labels.get("queue")).isEqualTo("jobs");
  }

  @Test
  void without_absentName_isTheSameSet() {
    Labels labels = Labels.of("queue", "jobs");
    assertThat(labels.without("vhost")).isSameAs(labels);
    assertThat(labels.without("queue")).isEqualTo(Labels.EMPTY);
  }

  @Test
  void withAndWithout_randomSteps_equalThoseOfAMap() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(20_261_123L);
    List<String> names = List.of("a", "b", "c", "d", "_e", "F9");
    Labels labels = Labels.EMPTY;
    var oracle = new TreeMap<String, String>();
    for (int step = 0; step < 2_000; step++) {
      String name = names.get(random.nextInt(names.size()));
      if (random.nextInt(3) == 0) {
        labels = labels.without(name);
        oracle.remove(name);
      } else {
        String value = Integer.toString(random.nextInt(3));
        labels = labels.with(name, value);
        oracle.put(name, value);
      }
      assertThat(labels.asMap()).isEqualTo(oracle);
      assertThat(labels.size()).isEqualTo(oracle.size());
      assertThat(labels).isEqualTo(Labels.of(oracle));
      assertThat(labels.getOrEmpty(name)).isEqualTo(oracle.getOrDefault(name, ""));
      var listed = new ArrayList<String>();
      labels.forEach(label -> listed.add(label.name() + "=" + label.value()));
      assertThat(listed)
          .containsExactlyElementsOf(
              oracle.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    }
  }
}
