package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ReplayCommandTest {

  private static final String QUEUE = "rabbitmq_queue_messages_ready";

  private static final String POLICY =
      """
      apiVersion: gpuscaling.io/v1alpha1
      kind: ScalingPolicy
      metadata: {name: worker, namespace: ai}
      spec:
        scaleTargetRef: {kind: Deployment, name: worker}
        minReplicas: 2
        maxReplicas: 50
        rules:
          - name: queue
            metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
            scaleUp: {threshold: 100, step: {value: 2}}
            scaleDown: {threshold: 10}
            evaluationPeriods: 2
      """;

  @TempDir private Path folder;

  private Run replay(String policy, String csv, String... more) throws IOException {
    return replay(policy, csv.getBytes(StandardCharsets.UTF_8), more);
  }

  private Run replay(String policy, byte[] csv, String... more) throws IOException {
    Path policyFile = Files.writeString(folder.resolve("policy.yaml"), policy);
    Path csvFile = Files.write(folder.resolve("seen.csv"), csv);
    var arguments =
        new ArrayList<>(
            List.of(
                "replay", "--policy", policyFile.toString(), "--observations", csvFile.toString()));
    arguments.addAll(List.of(more));
    if (!List.of(more).contains("--replicas")) {
      arguments.addAll(List.of("--replicas", "4"));
    }
    Run run = Run.of(arguments.toArray(String[]::new));
    return new Run(run.exitCode(), run.out(), run.err().replace(folder + "/", ""));
  }

  private Run json(String policy, String csv) throws IOException {
    Run run = replay(policy, csv, "--output", "json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  @Test
  void json_oneObjectOnALineForEachEvaluation_withAllThatWasFound() throws IOException {
    List<JsonNode> decisions =
        json(POLICY, "time," + QUEUE + "\n2026-03-02T12:00:00Z,140\n2026-03-02T12:00:15Z,140\n")
            .decisions();

    assertThat(decisions).hasSize(2);
    JsonNode first = decisions.getFirst();
    assertThat(first.propertyNames())
        .startsWith("time", "currentReplicas", "desiredReplicas", "action", "phase", "reason")
        .contains("rule", "gates", "rules", "message", "minReplicas", "maxReplicas");
    assertThat(first.path("time").asString()).isEqualTo("2026-03-02T12:00:00Z");
    assertThat(first.path("currentReplicas").asInt()).isEqualTo(4);
    assertThat(first.path("desiredReplicas").asInt()).isEqualTo(6);
    assertThat(first.path("action").asString()).isEqualTo("up");
    JsonNode second = decisions.getLast();
    assertThat(second.path("currentReplicas").asInt()).isEqualTo(6);
    assertThat(second.path("action").asString()).isEqualTo("none");
    assertThat(second.path("gates").valueStream())
        .filteredOn(gate -> gate.path("gate").asString().equals("cooldown"))
        .singleElement()
        .hasToString(
            "{\"gate\":\"cooldown\",\"verdict\":\"closed\",\"reason\":\"CoolingDown\","
                + "\"secondsLeft\":285,\"before\":8,\"after\":6,"
                + "\"message\":\"cooldown closed: the last action is too near, 4m45s left\"}");
    assertThat(second.path("rules").valueStream())
        .singleElement()
        .satisfies(rule -> {
          assertThat(rule.path("finding").asString()).isEqualTo("up");
          assertThat(rule.path("value").asString()).isEqualTo("140");
          assertThat(rule.path("source").asString()).isEqualTo("line 3");
        });
  }

  @Test
  void json_timeIsAsItWasWritten() throws IOException {
    List<JsonNode> decisions =
        json(
                POLICY,
                "time," + QUEUE + "\n2026-03-02T13:00:00.000+01:00,1\n2026-03-02 12:00:15z,1\n")
            .decisions();

    assertThat(decisions)
        .extracting(it -> it.path("time").asString())
        .containsExactly("2026-03-02T13:00:00.000+01:00", "2026-03-02 12:00:15z");
  }

  @Test
  void csv_inWhateverForm_isTheSame() throws IOException {
    String expected =
        json(POLICY, "time," + QUEUE + "\n2026-03-02T12:00:00Z,140\n2026-03-02T12:00:15Z,\n").out();

    assertThat(
            json(
                    POLICY,
                    "\uFEFF\""
                        + QUEUE
                        + "\",note , time\r\n140.0,\"a, b\",2026-03-02T12:00:00Z\r\n"
                        + "\r\n ,x, \"2026-03-02T12:00:15Z\" \r\n")
                .out()
                .replace("line 4", "line 3"))
        .isEqualTo(expected);
  }

  @Test
  void columnsThatNoRuleReads_andRulesWithoutColumn_areWarnings() throws IOException {
    String two =
        POLICY
            + "    - {name: cpu, metric: {name: avg_target_cpu_utilization_percentage},"
            + " scaleUp: {threshold: 75}}\n";
    Run run =
        replay(
            two,
            "time," + QUEUE + ",avg_target_cpu_utilisation_percentage\n2026-03-02T12:00:00Z,1,\n");

    assertThat(run.exitCode()).isZero();
    assertThat(run.err().lines())
        .containsExactly(
            "warning: seen.csv: has no column avg_target_cpu_utilization_percentage; its rules have"
                + " no data points",
            "warning: seen.csv: column avg_target_cpu_utilisation_percentage is the metric of no"
                + " rule; did you mean avg_target_cpu_utilization_percentage?");
  }

  @Test
  void severalRulesOfOneMetric_areFedByOneColumn() throws IOException {
    String two =
        POLICY
            + "    - {name: other, metric: {name: rabbitmq_queue_messages_ready, selector:"
            + " {matchLabels: {queue: b}}}, scaleUp: {threshold: 50, step: {value: 1}}}\n";

    JsonNode decision =
        json(two, "time," + QUEUE + "\n2026-03-02T12:00:00Z,60\n").decisions().getFirst();

    assertThat(decision.path("rule").asString()).isEqualTo("other");
  }

  @Test
  void rowsThatWereLeftOut_areEvaluationsWithoutDataPoints() throws IOException {
    // 2 of 2 must breach; between the two last rows one is missing, by the smallest gap of 15 s.
    String strict = POLICY.replace("Periods: 2", "Periods: 2\n      dataPointsToAlarm: 2");
    List<JsonNode> decisions =
        json(
                strict,
                "time,"
                    + QUEUE
                    + "\n2026-03-02T12:00:00Z,50\n2026-03-02T12:00:15Z,140\n"
                    + "2026-03-02T12:00:45Z,140\n2026-03-02T12:01:00Z,140\n")
            .decisions();

    assertThat(decisions)
        .extracting(it -> it.path("action").asString())
        .containsExactly("none", "none", "none", "up");
  }

  @Test
  void table_hasALineForEachEvaluationAndASum() throws IOException {
    Run run =
        replay(POLICY, "time," + QUEUE + "\n2026-03-02T12:00:00Z,140\n2026-03-02T12:00:15Z,5\n");

    assertThat(run.out().lines())
        .containsExactly(
            "TIME                       CURRENT  DESIRED ACTION PHASE        WHY",
            "2026-03-02T12:00:00Z             4        6 up     ScalingUp    4 → 6: rule \"queue\""
                + " asks for more",
            "2026-03-02T12:00:15Z             6        6 none   Held         stays at 6: the last"
                + " action is too near, 4m45s left",
            "2 evaluations: 1 up, 0 down");
  }

  @Test
  void everyFaultOfEveryFile_isTold_withExitCode2() throws IOException {
    Run run =
        replay(
            POLICY.replace("maxReplicas: 50", "maxReplicas: 1").replace("Periods: 2", "Periods: 0"),
            "time," + QUEUE + "\nyesterday,1\n",
            "--replicas",
            "-1");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines())
        .containsExactlyInAnyOrder(
            "policy.yaml: ScalingPolicy worker: spec.rules[0].evaluationPeriods \"0\": must be a"
                + " whole number, 1 to 100",
            "policy.yaml: ScalingPolicy worker: spec.maxReplicas \"1\": must not be below"
                + " minReplicas",
            "--replicas -1: must be 0 or more",
            "seen.csv: line 2, column 1 (time) \"yesterday\": must be a time with its offset:"
                + " 2026-03-02T12:00:00Z");
  }

  @Test
  void badCells_areToldByLineAndColumn() throws IOException {
    Run run =
        replay(
            POLICY,
            "time,"
                + QUEUE
                + "\n2026-03-02T12:00:00Z,75%\n2026-03-02T12:00:15Z,NaN\n2026-03-02T12:00:15,1\n"
                + "2026-03-02T12:00:10Z,1e400\n2026-03-02T12:00:30Z\n2026-03-02T12:00:45Z,1,2\n"
                + "2026-03-02T12:00:45Z,0x10\n2026-03-02T12:01:00Z,12d\n");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines())
        .containsExactly(
            "seen.csv: line 2, column 2 ("
                + QUEUE
                + ") \"75%\": must be a number, or empty; write"
                + " 75 for 75 %",
            "seen.csv: line 3, column 2 (" + QUEUE + ") \"NaN\": must be a number, or empty",
            "seen.csv: line 4, column 1 (time) \"2026-03-02T12:00:15\": must be a time with its"
                + " offset: 2026-03-02T12:00:00Z",
            "seen.csv: line 5, column 2 (" + QUEUE + ") \"1e400\": must be a number, or empty",
            "seen.csv: line 5, column 1 (time) \"2026-03-02T12:00:10Z\": must be after the time of"
                + " the row before it",
            "seen.csv: line 6: has 1 cells, the header has 2",
            "seen.csv: line 7: has 3 cells, the header has 2",
            "seen.csv: line 8, column 2 (" + QUEUE + ") \"0x10\": must be a number, or empty",
            "seen.csv: line 9, column 2 (" + QUEUE + ") \"12d\": must be a number, or empty");
  }

  @Test
  void badHeaders_areTold() throws IOException {
    assertThat(replay(POLICY, "").err()).contains("seen.csv: text: has no rows");
    assertThat(replay(POLICY, "time," + QUEUE + "\n").err()).contains("has no rows");
    assertThat(replay(POLICY, "time;x\n").err()).contains("columns are separated by commas");
    assertThat(replay(POLICY, "tine,x\n").err()).contains("did you mean tine?");
    assertThat(replay(POLICY, "time,a,a,\n").err())
        .contains(
            "seen.csv: line 1, column 3 (a) \"a\": is the name of a column before it",
            "seen.csv: line 1, column 4: is a column without a name");
    assertThat(replay(POLICY, "time,a\n2026-03-02T12:00:00Z,1\n").err())
        .isEqualTo("seen.csv: has a column for none of the policy's metrics: " + QUEUE + "\n");
    assertThat(replay(POLICY, "time,\"a\n2026-03-02T12:00:00Z").err()).contains("is not CSV");
  }

  @Test
  void files_thatCannotBeRead_areTold() throws IOException {
    assertThat(replay("a: [", "time,x\n").err())
        .startsWith("policy.yaml: line 1, column 5: is not YAML");
    assertThat(replay("- a\n", "time,x\n").err())
        .startsWith("policy.yaml: document 1: is no Kubernetes object");
    assertThat(replay("# nothing\n", "time,x\n").err()).startsWith("policy.yaml: holds no object");
    assertThat(replay(POLICY, new byte[] {(byte) 0xff}).err())
        .isEqualTo("seen.csv: file: is not UTF-8 text\n");
    Run run = Run.of("replay", "--policy", "x", "--observations", "y", "--replicas", "1");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("x: file: does not exist", "y: file: does not exist");
    assertThat(Run.of("replay", "--policy", "/", "--observations", "/", "--replicas", "1").err())
        .contains("/: file: cannot be read: IOException");
  }

  @Test
  void severalPolicies_needAName() throws IOException {
    String two = POLICY + "---\n" + POLICY.replace("name: worker,", "name: other,");
    String csv = "time," + QUEUE + "\n2026-03-02T12:00:00Z,140\n";

    assertThat(replay(two, csv).err())
        .isEqualTo("policy.yaml: holds 2 policies, choose one by --name: worker, other\n");
    assertThat(replay(two, csv, "--name", "other").exitCode()).isZero();
    assertThat(replay(two, csv, "--name", "third").err())
        .isEqualTo("policy.yaml: holds no ScalingPolicy third; there are worker, other\n");
  }

  @Test
  void profile_isAppliedFromTheFile() throws IOException {
    String csv = "time," + QUEUE + "\n2026-03-02T12:00:00Z,140\n2026-03-02T12:00:15Z,140\n";
    String named = POLICY.replace("minReplicas: 2", "minReplicas: 2\n  profile: development");
    Path profiles = Path.of("..", "manifests", "policies", "profiles.yaml");

    Run with = replay(named, csv, "--profile", profiles.toString());
    assertThat(with.err())
        .isEqualTo("warning: profile development does not scale; it is replayed as if it did\n");
    // Conservative: 2 of 4 must breach, and 1 replica is added instead of 2.
    assertThat(with.out()).contains("4        4 none", "4        5 up");
    assertThat(replay(named, csv).err())
        .isEqualTo("warning: profile development is not applied; give its file by --profile\n");
  }

  @Test
  void shadowAndPool_areToldAndReplayed() throws IOException {
    Run run =
        replay(
            POLICY.replace("minReplicas: 2", "minReplicas: 2\n  mode: Shadow\n  pool: gpus"),
            "time," + QUEUE + "\n2026-03-02T12:00:00Z,140\n2026-03-02T12:05:00Z,140\n");

    assertThat(run.err().lines())
        .containsExactly(
            "warning: the policy is in mode Shadow; it is replayed as if it steered",
            "warning: pool gpus is not replayed: no quota binds");
    assertThat(run.out()).contains("2 evaluations: 2 up, 0 down");
  }

  @Test
  void commandLine_thatMeansNothing_exitsWith2AndUsage() {
    assertThat(Run.of().exitCode()).isEqualTo(2);
    assertThat(Run.of("replai").err()).contains("Did you mean: gpuscaling replay");
    assertThat(Run.of("replay").err()).contains("Missing required argument");
    assertThat(Run.of("replay", "--policy", "a", "--observations", "b", "--replicas", "many").err())
        .contains("'many' is not an int");
    assertThat(Run.of("--version").out()).isEqualTo("gpuscaling 1.2.3\n");
    assertThat(Run.of("replay", "--help").out()).contains("--observations=FILE.csv");
  }
}
