package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RequestMetricsTest {

  private static final String NAME = "gpuscaling_api_request_duration_seconds";

  private final CollectorRegistry registry = new CollectorRegistry();
  private final RequestMetrics metrics = new RequestMetrics(registry);

  private @Nullable Double value(String suffix, String code) {
    return registry.getSampleValue(
        NAME + suffix,
        new String[] {"group", "verb", "code"},
        new String[] {"external.metrics.k8s.io", "list", code});
  }

  @Test
  void answered_requests_areCountedByCodeWithTheirSeconds() {
    metrics.answered("external.metrics.k8s.io", "list", 200, Duration.ofMillis(250));
    metrics.answered("external.metrics.k8s.io", "list", 200, Duration.ofMillis(1_750));
    metrics.answered("external.metrics.k8s.io", "list", 403, Duration.ZERO);

    assertThat(value("_count", "200")).isEqualTo(2);
    assertThat(value("_sum", "200")).isEqualTo(2);
    assertThat(value("_count", "403")).isEqualTo(1);
    assertThat(value("_count", "404")).isNull();
  }

  @Test
  void answered_fastAndSlow_fallIntoTheirBuckets() {
    metrics.answered("custom.metrics.k8s.io", "get", 200, Duration.ofNanos(100_000));
    metrics.answered("custom.metrics.k8s.io", "get", 200, Duration.ofSeconds(60));

    assertThat(bucket("1.0E-4")).isEqualTo(1);
    assertThat(bucket("5.0")).isEqualTo(1);
    assertThat(bucket("+Inf")).isEqualTo(2);
  }

  private @Nullable Double bucket(String atMost) {
    return registry.getSampleValue(
        NAME + "_bucket",
        new String[] {"group", "verb", "code", "le"},
        new String[] {"custom.metrics.k8s.io", "get", "200", atMost});
  }
}
