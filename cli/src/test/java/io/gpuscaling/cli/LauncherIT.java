package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.testkit.process.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code bin/gpuscaling} as people start it, on what the build has packed. */
class LauncherIT {

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Path ROOT = Path.of("..");

  private static Command.Result run(String... arguments) {
    var command = new ArrayList<>(List.of(ROOT.resolve("bin/gpuscaling").toString()));
    command.addAll(List.of(arguments));
    return Command.run(command, DEADLINE);
  }

  @Test
  void replay_printsOneJsonObjectOnALine_andNothingElse() {
    Command.Result result =
        run(
            "replay",
            "--policy",
            ROOT.resolve("manifests/policies/ai-gpu-worker-scaling-policy.yaml").toString(),
            "--observations",
            "src/test/resources/replays/ai-gpu-worker-scaling-policy/1-of-2-data-points-is-enough.csv",
            "--replicas",
            "4",
            "--output",
            "json");

    assertThat(result.exitCode()).isZero();
    assertThat(new Run(0, result.stdout(), "").decisions())
        .extracting(it -> it.path("desiredReplicas").asInt())
        .containsExactly(4, 6);
  }

  @Test
  void validate_ofNoFile_exitsWith2AndASentence() {
    Command.Result result = run("validate", "nowhere.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.stdout()).isEmpty();
    assertThat(result.stderr()).isEqualTo("nowhere.yaml: file: does not exist\n");
  }

  @Test
  void version_isThatOfTheJar() {
    assertThat(run("--version").orThrow()).matches("gpuscaling \\d+\\.\\d+\\.\\d+\\S*\n");
  }
}
