package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.pool.PoolUse;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PoolStatusesTest {

  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  private static final GpuPool POOL =
      new GpuPool(
          new ObjectMeta("", "gpus", "uid", 3, "7", Optional.empty(), Map.of()),
          OptionalInt.empty(),
          Map.of(),
          List.of("nvidia.com/gpu"),
          List.of());

  private static String stored(String status) {
    return """
    {"apiVersion": "gpuscaling.io/v1alpha1", "kind": "GpuPool",
     "metadata": {"name": "gpus", "resourceVersion": "7"}, "spec": {}%s}
    """
        .formatted(status.isEmpty() ? "" : ", \"status\": " + status);
  }

  @Test
  void status_isWrittenWithTheVersionThatWasRead_andKeepsItsTime() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = stored("");
      var statuses = new PoolStatuses(kubernetes.client);

      assertThat(statuses.write(POOL, new PoolUse(16, 9), NOW)).isEmpty();
      assertThat(kubernetes.requests)
          .last()
          .asString()
          .startsWith("/apis/gpuscaling.io/v1alpha1/gpupools/gpus/status")
          .contains(
              "\"size\":16",
              "\"used\":9",
              "\"observedGeneration\":3",
              "\"resourceVersion\":\"7\"",
              "2026-11-25T12:00:00Z");

      String written =
          """
          {"observedGeneration": 3, "size": 16, "used": 9, "conditions": [{"type": "Ready",
           "status": "True", "observedGeneration": 3, "lastTransitionTime": "2026-11-25T11:00:00Z",
           "reason": "Counted", "message": "nodes and pods are known"}]}
          """;
      kubernetes.answer = stored(written);
      int before = kubernetes.requests.size();
      assertThat(statuses.write(POOL, new PoolUse(16, 9), NOW)).isEmpty();
      assertThat(kubernetes.requests.subList(before, kubernetes.requests.size()))
          .noneMatch(it -> it.contains("/status"));

      assertThat(statuses.write(POOL, new PoolUse(16, 10), NOW)).isEmpty();
      assertThat(kubernetes.requests)
          .last()
          .asString()
          .contains("\"used\":10", "2026-11-25T11:00:00Z");
    }
  }

  @Test
  void statusThatSomebodyElseHasWritten_isWrittenOver() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      var statuses = new PoolStatuses(kubernetes.client);
      for (String odd :
          List.of(
              "{}",
              "{\"conditions\": []}",
              "{\"conditions\": \"none\"}",
              "{\"conditions\": [7]}",
              "{\"conditions\": [{\"lastTransitionTime\": 7}]}",
              "{\"conditions\": [{\"lastTransitionTime\": \"soon\"}]}")) {
        kubernetes.answer = stored(odd);
        assertThat(statuses.write(POOL, new PoolUse(16, 9), NOW)).isEmpty();
        assertThat(kubernetes.requests).last().asString().contains("2026-11-25T12:00:00Z");
      }
    }
  }

  @Test
  void refusals_areTold_andAPoolThatHasGoneIsNone() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      var statuses = new PoolStatuses(kubernetes.client);
      kubernetes.code = 404;
      kubernetes.answer = "{\"kind\":\"Status\",\"code\":404}";
      assertThat(statuses.write(POOL, new PoolUse(1, 1), NOW)).isEmpty();
      kubernetes.code = 403;
      kubernetes.answer = "{\"kind\":\"Status\",\"code\":403,\"message\":\"may not\"}";
      assertThat(statuses.write(POOL, new PoolUse(1, 1), NOW)).isPresent();

      kubernetes.client.close();
      assertThat(statuses.write(POOL, new PoolUse(1, 1), NOW)).isPresent();
    }
  }
}
