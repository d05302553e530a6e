package io.gpuscaling.core.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ServedMetricTest {

  @Test
  void metricName_all_areUnique() {
    assertThat(Arrays.stream(ServedMetric.values()).map(ServedMetric::metricName))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(ServedMetric.class)
  void metric_any_isWellFormed(ServedMetric metric) {
    // One word for the metrics APIs as well: a path segment in lower case.
    assertThat(metric.metricName()).matches("[a-z][a-z0-9_]{0,127}");
    assertThat(metric.name()).isEqualToIgnoringCase(metric.metricName());
    assertThat(metric.help()).endsWith(".").doesNotContain("\n").doesNotContain("\"");
    assertThat(metric.labels())
        .isNotEmpty()
        .doesNotHaveDuplicates()
        .allSatisfy(label -> assertThat(label).matches("[a-z][a-z0-9_]{0,63}"));
    assertThat(ServedMetric.byName(metric.metricName())).contains(metric);
  }

  @ParameterizedTest
  @EnumSource(ServedMetric.class)
  void isAdditive_ratioTemperatureOrTime_isNot(ServedMetric metric) {
    boolean intensive =
        metric.metricName().endsWith("_ratio")
            || metric.metricName().endsWith("_celsius")
            || metric.metricName().endsWith("_seconds")
            || metric == ServedMetric.GPU_HEALTHY
            || metric == ServedMetric.SCALING_POLICY_DESIRED_REPLICAS;
    assertThat(metric.isAdditive()).isEqualTo(!intensive);
  }

  @Test
  void labels_byKind_saysWhereASeriesBelongs() {
    for (ServedMetric metric : ServedMetric.values()) {
      boolean queue = metric.metricName().startsWith("rabbitmq_");
      boolean policy = metric.metricName().startsWith("scaling_policy_");
      assertThat(metric.labels().contains("broker")).isEqualTo(queue);
      assertThat(metric.labels().contains("node")).isEqualTo(!queue && !policy);
      assertThat(metric.labels().contains("policy")).isEqualTo(policy);
    }
  }

  @Test
  void byName_unknownName_isEmpty() {
    assertThat(ServedMetric.byName("gpu_tasks")).isEmpty();
    assertThat(ServedMetric.byName("")).isEmpty();
  }
}
