package io.gpuscaling.testkit.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On a control plane of its own: the others' kwok is not asked what pods use. */
@Timeout(180)
class MetricsServerIT {

  private static final Duration DEADLINE = Duration.ofSeconds(90);

  @TempDir Path folder;

  @Test
  void usageOfAPod_isWhatItsAnnotationsSay() {
    try (var plane = ControlPlane.start(folder.resolve("plane"))) {
      plane.startMeasuringKwok();
      MetricsServer.node(plane, "measured");
      try (var server = MetricsServer.start(plane, folder.resolve("metrics-server"))) {
        plane.objects().namespace("usage-it");
        plane
            .kubectl()
            .apply(
                """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: busy
                  namespace: usage-it
                  annotations: {kwok.x-k8s.io/usage-cpu: 80m, kwok.x-k8s.io/usage-memory: 30Mi}
                spec:
                  nodeName: measured
                  containers: [{name: c, image: none}]
                """);

        var usage =
            plane
                .api()
                .await(
                    "/apis/metrics.k8s.io/v1beta1/namespaces/usage-it/pods/busy",
                    DEADLINE,
                    KubernetesApi.Answer::isSuccess)
                .body()
                .at("/containers/0/usage");

        assertThat(usage.at("/memory").asString()).isEqualTo("30Mi");
        // By two readings of a counter: near to what was said, in nanocores or thousandths of a
        // core.
        assertThat(nanocores(usage.at("/cpu").asString())).isBetween(75_000_000L, 85_000_000L);
        assertThat(server.process().isAlive()).isTrue();
      }
    }
  }

  private static long nanocores(String quantity) {
    long number = Long.parseLong(quantity.replaceAll("[nm]$", ""));
    return quantity.endsWith("m") ? number * 1_000_000 : number;
  }
}
