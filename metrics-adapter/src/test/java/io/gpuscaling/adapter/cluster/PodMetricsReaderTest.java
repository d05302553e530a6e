package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.adapter.policy.UsageReader.Usages;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PodMetricsReaderTest {

  @Test
  void usage_isTheSumOfThePodsContainers() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      var reader = new PodMetricsReader(kubernetes.client);
      kubernetes.code = 200;
      kubernetes.answer =
          """
          {"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {},
           "items": [
             {"metadata": {"name": "a", "namespace": "ai"}, "timestamp": "2026-11-25T03:12:00Z",
              "window": "15s",
              "containers": [{"name": "x", "usage": {"cpu": "81234567n", "memory": "4Ki"}},
                             {"name": "y", "usage": {"cpu": "1", "memory": "6"}}]},
             {"metadata": {"name": "b", "namespace": "ai"}, "timestamp": "2026-11-25T03:12:00Z",
              "window": "15s", "containers": []},
             {"metadata": {"name": "c", "namespace": "ai"}, "timestamp": "2026-11-25T03:12:00Z",
              "window": "15s", "containers": [{"name": "x", "usage": {"cpu": "1"}}]}]}
          """;
      assertThat(reader.read("ai"))
          .isEqualTo(
              new Usages.Known(
                  Map.of("a", new Usage(1082, 4102, Instant.parse("2026-11-25T03:12:00Z")))));
      assertThat(kubernetes.requests.getLast())
          .startsWith("/apis/metrics.k8s.io/v1beta1/namespaces/ai/pods ");

      kubernetes.code = 404;
      kubernetes.answer = "{}";
      assertThat(reader.read("ai"))
          .isInstanceOfSatisfying(
              Usages.Unknown.class,
              it -> assertThat(it.sentence()).contains("is metrics-server installed?"));
      kubernetes.client.close();
      assertThat(reader.read("ai")).isInstanceOf(Usages.Unknown.class);
    }
  }

  @Test
  void requests_areTheSumOfTheContainersThatStay_orUnset() {
    assertThat(requests("{cpu: 500m, memory: 1Ki}", "{cpu: \"1\", memory: \"6\"}"))
        .isEqualTo(new Requests(1500, 1030));
    assertThat(requests("{cpu: 500m}", "{cpu: \"1\", memory: \"6\"}"))
        .isEqualTo(new Requests(1500, Requests.UNSET));
    assertThat(requests("{cpu: \"x\", memory: 1Ki}", "{cpu: \"1\", memory: \"6\"}").cpuMillis())
        .isEqualTo(Requests.UNSET);
  }

  private static Requests requests(String worker, String sidecar) {
    return ObjectFacts.of(
            Serialization.unmarshal(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: p, namespace: ai}
                spec:
                  initContainers:
                    - {name: once, resources: {requests: {cpu: "9", memory: 9Gi}}}
                    - {name: sidecar, restartPolicy: Always, resources: {requests: %s}}
                  containers: [{name: worker, resources: {requests: %s}}]
                """
                    .formatted(sidecar, worker),
                Pod.class))
        .requests();
  }
}
