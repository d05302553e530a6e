package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/**
 * The shipped policies do what the specification says. Each file below {@code replays/POLICY/} is a
 * history whose name quotes the figure; its columns {@code current}, {@code desired} and {@code
 * why} are what must be decided, and were written by hand from the specification.
 */
class ShippedPoliciesTest {

  private static final Path POLICIES = Path.of("..", "manifests", "policies");
  private static final Path REPLAYS = Path.of("src", "test", "resources", "replays");

  @TestFactory
  Stream<DynamicTest> history_ofAFigure_isDecidedAsSpecified() throws IOException {
    return files(REPLAYS, ".csv")
        .map(csv ->
            DynamicTest.dynamicTest(
                REPLAYS.relativize(csv).toString(), csv.toUri(), () -> replay(csv)));
  }

  private static void replay(Path csv) throws IOException {
    List<String[]> rows =
        Files.readAllLines(csv).stream().map(line -> line.split(",", -1)).toList();
    int current = List.of(rows.getFirst()).indexOf("current");
    Path policy = POLICIES.resolve(csv.getName(csv.getNameCount() - 2) + ".yaml");

    Run run =
        Run.of(
            "replay",
            "--policy",
            policy.toString(),
            "--observations",
            csv.toString(),
            "--replicas",
            rows.get(1)[current],
            "--output",
            "json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.decisions().stream().map(ShippedPoliciesTest::line))
        .containsExactlyElementsOf(
            rows.stream()
                .skip(1)
                .map(row -> List.of(row[0], row[current], row[current + 1], row[current + 2]))
                .map(cells -> String.join(" ", cells))
                .toList());
  }

  private static String line(JsonNode decision) {
    return decision.path("time").asString()
        + " "
        + decision.path("currentReplicas").asInt()
        + " "
        + decision.path("desiredReplicas").asInt()
        + " "
        + decision.path("reason").asString();
  }

  @Test
  void everyShippedPolicy_hasAHistory() throws IOException {
    Set<String> shipped =
        files(POLICIES, ".yaml")
            .map(file -> String.valueOf(file.getFileName()).replace(".yaml", ""))
            .filter(name -> !Set.of("profiles", "gpu-pool", "kustomization").contains(name))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> replayed =
        files(REPLAYS, ".csv")
            .map(file -> String.valueOf(file.getName(file.getNameCount() - 2)))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(replayed).isEqualTo(shipped);
  }

  @Test
  void shippedObjects_togetherAreValid() throws IOException {
    Stream<String> files = files(POLICIES, ".yaml").map(Path::toString);
    Run run = Run.of(Stream.concat(Stream.of("validate"), files).toArray(String[]::new));

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void proportionalPolicy_onASpike_isAtItsMaximumWhileFixedStepsHaveBarelyBegun()
      throws IOException {
    Path spike = Path.of("src", "test", "resources", "spike.csv");
    int rows = Files.readAllLines(spike).size() - 1;

    List<JsonNode> fixed = onSpike("ai-gpu-worker-scaling-policy", spike).decisions();
    List<JsonNode> proportional = onSpike("ai-gpu-worker-proportional", spike).decisions();

    assertThat(fixed).hasSize(rows);
    // 600 messages appear at 12:01 and stay for 15 minutes: 2 more replicas each 300 s, or 5 a
    // minute.
    assertThat(at(fixed, "2026-03-02T12:10:45Z")).isEqualTo(6);
    assertThat(at(proportional, "2026-03-02T12:10:45Z")).isEqualTo(50);
    assertThat(at(fixed, "2026-03-02T12:15:45Z")).isEqualTo(8);
  }

  private static Run onSpike(String policy, Path spike) {
    Run run =
        Run.of(
            "replay",
            "--policy",
            POLICIES.resolve(policy + ".yaml").toString(),
            "--observations",
            spike.toString(),
            "--replicas",
            "2",
            "-o",
            "json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  private static int at(List<JsonNode> decisions, String time) {
    return decisions.stream()
        .filter(it -> it.path("time").asString().equals(time))
        .findFirst()
        .orElseThrow()
        .path("desiredReplicas")
        .asInt();
  }

  private static Stream<Path> files(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList().stream();
    }
  }
}
