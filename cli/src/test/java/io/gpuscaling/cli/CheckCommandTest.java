package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** The specification's own two policies, and loads that cannot be. */
class CheckCommandTest {

  private static Run check(String policy, String... more) {
    return Run.of(
        Stream.concat(
                Stream.of("check", "../manifests/policies/" + policy + ".yaml"), Stream.of(more))
            .toArray(String[]::new));
  }

  @Test
  void gpuWorkers_cannotServeThousandGenerationsAMinute_andSaysWhichFiguresToChange() {
    Run run =
        check(
            "ai-gpu-worker-scaling-policy",
            "--peak=1000/min",
            "--service-time=30s",
            "--ramp=1h",
            "--tasks-per-replica=5");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .isEqualTo(
            """
            replicas at the peak         100
            replicas at most             50
            from least to most           1h55m
            replicas missing at worst    36
            - the peak keeps 100 replicas busy and maxReplicas is 50, which serves 500 tasks a minute: raise maxReplicas to 100, or let a replica run more tasks
            - 50 replicas are there after 1h55m at the earliest and the ramp takes 1h: larger steps, a shorter cooldown.scaleUp or a higher maxScalingRate.scaleUp
            - 36 replicas are missing after 29m30s of the ramp, though every rule asks for more all the time: the queue grows meanwhile
            """);
  }

  @Test
  void webServers_carryWhatTheyAreMadeFor_asJson() {
    Run run =
        check(
            "web-api-server-scaling-policy",
            "--peak=60/s",
            "--service-time=200ms",
            "--ramp=4h",
            "--tasks-per-replica=4",
            "--output=json");

    var report = JsonMapper.builder().build().readTree(run.out());
    assertThat(report.at("/replicasAtPeak").asInt()).isEqualTo(3);
    assertThat(report.at("/faults")).isEmpty();
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void quota_bindsToo() {
    Run run =
        check(
            "ai-gpu-worker-scaling-policy",
            "--peak=100/min",
            "--service-time=30s",
            "--ramp=8h",
            "--tasks-per-replica=5",
            "--quota=4",
            "--output=json");

    assertThat(run.out()).contains("QuotaTooSmall", "raise its gpuLimit");
  }

  @Test
  void loadsThatCannotBe_areAllNamed() {
    Run run =
        check(
            "ai-gpu-worker-scaling-policy",
            "--peak=often",
            "--service-time=30",
            "--ramp=0s",
            "--tasks-per-replica=0",
            "--quota=-1");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().lines())
        .containsExactly(
            "--peak often: must be a positive number of tasks, such as 1000/min",
            "--service-time 30: has no unit (ns, us, ms, s, m, h)",
            "--ramp 0s: must be positive",
            "--tasks-per-replica 0: must be 1 to 100000",
            "--quota -1: must not be negative");
    assertThat(
            check(
                    "nowhere",
                    "--peak=1/s",
                    "--service-time=1s",
                    "--ramp=1m",
                    "--tasks-per-replica=1")
                .exitCode())
        .isEqualTo(2);
  }
}
