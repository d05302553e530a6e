package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.policy.PoolVerdict;
import io.gpuscaling.adapter.pool.PoolUse;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PoolStatusesTest {

  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  private static final OptionalLong SEEN = OptionalLong.of(3);

  private static PoolVerdict counted(long used) {
    return new PoolVerdict(
        true, "Counted", "nodes and pods are known", Optional.of(new PoolUse(16, used)));
  }

  private static String stored(String status) {
    return """
    {"apiVersion": "gpuscaling.io/v1alpha1", "kind": "GpuPool",
     "metadata": {"name": "gpus", "resourceVersion": "7", "generation": 4}, "spec": {}%s}
    """
        .formatted(status.isEmpty() ? "" : ", \"status\": " + status);
  }

  @Test
  void status_isWrittenWithTheVersionThatWasRead_andKeepsItsTime() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = stored("");
      var statuses = new PoolStatuses(kubernetes.client);

      assertThat(statuses.write("gpus", SEEN, counted(9), NOW)).isEmpty();
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
      assertThat(statuses.write("gpus", SEEN, counted(9), NOW)).isEmpty();
      assertThat(kubernetes.requests.subList(before, kubernetes.requests.size()))
          .noneMatch(it -> it.contains("/status"));

      assertThat(statuses.write("gpus", SEEN, counted(10), NOW)).isEmpty();
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
              "{\"conditions\": [{\"status\": \"True\", \"lastTransitionTime\": 7}]}",
              "{\"conditions\": [{\"status\": \"False\","
                  + " \"lastTransitionTime\": \"2026-11-25T11:00:00Z\"}]}",
              "{\"conditions\": [{\"lastTransitionTime\": \"soon\"}]}")) {
        kubernetes.answer = stored(odd);
        assertThat(statuses.write("gpus", SEEN, counted(9), NOW)).isEmpty();
        assertThat(kubernetes.requests).last().asString().contains("2026-11-25T12:00:00Z");
      }
    }
  }

  @Test
  void poolThatCannotBeRead_getsItsReason_ofTheGenerationThatIsThere() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = stored("");
      var statuses = new PoolStatuses(kubernetes.client);
      var invalid =
          new PoolVerdict(false, "Invalid", "spec.namespaces: is missing", Optional.empty());

      assertThat(statuses.write("gpus", OptionalLong.empty(), invalid, NOW)).isEmpty();
      assertThat(kubernetes.requests)
          .last()
          .asString()
          .startsWith("/apis/gpuscaling.io/v1alpha1/gpupools/gpus/status")
          .contains("\"False\"", "\"Invalid\"", "spec.namespaces", "\"observedGeneration\":4")
          .doesNotContain("\"size\"");

      // Meanwhile somebody has mended it.
      kubernetes.answer =
          stored("").replace("\"spec\": {}", "\"spec\": {\"namespaces\": [{\"name\": \"ai\"}]}");
      int before = kubernetes.requests.size();
      assertThat(statuses.write("gpus", OptionalLong.empty(), invalid, NOW)).isEmpty();
      assertThat(kubernetes.requests.subList(before, kubernetes.requests.size()))
          .noneMatch(it -> it.contains("/status"));
    }
  }

  @Test
  void refusals_areTold_andAPoolThatHasGoneIsNone() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      var statuses = new PoolStatuses(kubernetes.client);
      kubernetes.code = 404;
      kubernetes.answer = "{\"kind\":\"Status\",\"code\":404}";
      assertThat(statuses.write("gpus", SEEN, counted(1), NOW)).isEmpty();
      kubernetes.code = 403;
      kubernetes.answer = "{\"kind\":\"Status\",\"code\":403,\"message\":\"may not\"}";
      assertThat(statuses.write("gpus", SEEN, counted(1), NOW)).isPresent();

      kubernetes.client.close();
      assertThat(statuses.write("gpus", SEEN, counted(1), NOW)).isPresent();
    }
  }
}
