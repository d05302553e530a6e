package io.gpuscaling.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CommandTest {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  @Test
  void run_success_hasBothStreams() {
    var result =
        Command.run(
            List.of("sh", "-c", "cat; echo \"to $WHERE\" >&2"),
            Map.of("WHERE", "stderr"),
            "in",
            DEADLINE);

    assertThat(result.isSuccess()).isTrue();
    assertThat(result.orThrow()).isEqualTo("in");
    assertThat(result.stderr()).isEqualTo("to stderr\n");
  }

  @Test
  void orThrow_failure_showsWhatItSaid() {
    var result = Command.run(List.of("sh", "-c", "echo no such thing >&2; exit 4"), DEADLINE);

    assertThat(result.isSuccess()).isFalse();
    assertThatThrownBy(result::orThrow)
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("exit code 4")
        .hasMessageContaining("no such thing");
  }

  @Test
  void run_noSuchProgram_fails() {
    assertThatThrownBy(() -> Command.run(List.of("/no/such/program"), DEADLINE))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("/no/such/program");
  }

  @Test
  void run_tooLong_isKilled() {
    assertThatThrownBy(() -> Command.run(List.of("sleep", "60"), Duration.ofMillis(100)))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("still runs");
  }

  @Test
  void run_inputIsNotRead_stillEnds() {
    var result = Command.run(List.of("true"), Map.of(), "x".repeat(1 << 20), DEADLINE);

    assertThat(result.isSuccess()).isTrue();
  }

  @Test
  void run_endlessOutput_fails() {
    assertThatThrownBy(
            () -> Command.run(List.of("sh", "-c", "head -c 70000000 /dev/zero"), DEADLINE))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("cannot read")
        .hasRootCauseMessage("more than 67108864 bytes");
  }

  @Test
  void run_interrupted_failsAndKeepsTheInterrupt() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> Command.run(List.of("sleep", "60"), DEADLINE))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }
}
