package io.gpuscaling.demo.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.demo.story.DemoPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShortenedPolicyTest {

  private static final Path SHIPPED = Path.of("..").resolve(ShortenedPolicy.SHIPPED);

  @TempDir private Path folder;

  @Test
  void of_theShippedPolicy_changesTimesQueueAndMaximumOnly() throws IOException {
    String shipped = Files.readString(SHIPPED);

    String yaml = ShortenedPolicy.of(shipped, DemoPlan.of(80), "jobs-1", 12).yaml();

    assertThat(yaml)
        .contains("threshold: 100 ", "value: 2 ", "threshold: 10 ", "minReplicas: 2 ")
        .contains("maxReplicas: 12", "queue: jobs-1", "scaleUp: 2s", "evaluationInterval: 1s")
        .contains("name: " + ShortenedPolicy.NAME, "namespace: " + ShortenedPolicy.NAMESPACE)
        .contains("name: " + ShortenedPolicy.TARGET);
    assertThat(yaml.lines().filter(line -> !shipped.contains(line))).hasSize(9);
  }

  @Test
  void of_anotherPolicy_isRefused() {
    assertThatThrownBy(() -> ShortenedPolicy.of("spec: {}", DemoPlan.of(80), "q", 12))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("scaleUp: 300s");
  }

  @Test
  void report_isWhatStandsInTheStatus_orNothing() throws IOException {
    assertThat(PolicyReport.read(folder)).isEmpty();
    Path file =
        Files.createDirectory(folder.resolve("status"))
            .resolve("default.ai-gpu-worker-scaling-policy.json");
    Files.writeString(file, "{");
    assertThat(PolicyReport.read(folder)).isEmpty();
    Files.writeString(file, "{\"status\": {}}");
    assertThat(PolicyReport.read(folder)).isEmpty();
    Files.writeString(
        file,
        """
        {"status": {"decision": {"desiredReplicas": 4, "message": "up",
         "rules": [{"name": "queue", "message": "300 is above 100"}]}}}
        """);
    assertThat(PolicyReport.read(folder))
        .contains(new PolicyReport(4, "up", List.of("queue: 300 is above 100")));
  }
}
