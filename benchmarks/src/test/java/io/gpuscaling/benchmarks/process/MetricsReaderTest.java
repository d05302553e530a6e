package io.gpuscaling.benchmarks.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;

class MetricsReaderTest {

  @Test
  void read_ofItems_addsThemUp() {
    var answer =
        MetricsReader.read(
            200, "{\"items\":[{\"value\":\"3\"},{\"value\":\"2k\"},{\"value\":\"500m\"}]}");

    assertThat(answer.items()).isEqualTo(3);
    assertThat(answer.sum()).hasValue(2003.5);
  }

  @Test
  void read_ofAnError_hasNoSumButAMessage() {
    var answer =
        MetricsReader.read(503, "{\"kind\":\"Status\",\"message\":\"incomplete: 1 of 3\"}");

    assertThat(answer.sum()).isEmpty();
    assertThat(answer.message()).isEqualTo("incomplete: 1 of 3");
  }

  @Test
  void readByLabel_ofItems_addsUpThoseOfOneValue() {
    var values =
        MetricsReader.readByLabel(
            """
            {"items":[
              {"metricLabels":{"queue":"a"},"value":"3"},
              {"metricLabels":{"queue":"b"},"value":"500m"},
              {"metricLabels":{"queue":"a"},"value":"1"}]}
            """,
            "queue");

    assertThat(values).containsOnly(entry("a", 4.0), entry("b", 0.5));
  }

  @Test
  void quantity_withAnySuffix_isRead() {
    assertThat(MetricsReader.quantity("85899345920")).isEqualTo(85_899_345_920.0);
    assertThat(MetricsReader.quantity("80G")).isEqualTo(80e9);
    assertThat(MetricsReader.quantity("7M")).isEqualTo(7e6);
    assertThat(MetricsReader.quantity("2T")).isEqualTo(2e12);
    assertThat(MetricsReader.quantity("-1")).isEqualTo(-1);
    assertThatThrownBy(() -> MetricsReader.quantity("5x")).hasMessageContaining("5x");
  }
}
