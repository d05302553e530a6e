package io.gpuscaling.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ManagedProcessTest {

  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int SIGTERM_EXIT = 128 + 15;
  private static final int SIGKILL_EXIT = 128 + 9;

  @TempDir Path folder;
  private final List<ManagedProcess> started = new ArrayList<>();

  @AfterEach
  void endAll() {
    started.forEach(process -> process.stop(Duration.ZERO));
  }

  @Test
  void await_conditionComesTrue_returns() {
    var process = shell("echo \"hello $WHO\"; exec sleep 60", Map.of("WHO", "world"));

    process.await("greets", DEADLINE, () -> process.log().contains("hello world"));

    assertThat(process.isAlive()).isTrue();
    assertThat(process.name()).isEqualTo("child");
    assertThat(process).hasToString("ManagedProcess[child " + process.pid() + "]");
  }

  @Test
  void await_processDies_saysExitCodeAndShowsItsLog() {
    var process = shell("echo cannot bind; exit 3", Map.of());

    assertThatThrownBy(() -> process.await("is ready", DEADLINE, () -> false))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("exit code 3")
        .hasMessageContaining("is ready")
        .hasMessageContaining("cannot bind");
  }

  @Test
  void await_timeout_saysHowLongAndShowsItsLog() {
    var process = shell("echo thinking; exec sleep 60", Map.of());
    process.await("thinks", DEADLINE, () -> process.log().contains("thinking"));

    assertThatThrownBy(() -> process.await("is ready", Duration.ofMillis(200), () -> false))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("PT0.2S")
        .hasMessageContaining("thinking");
  }

  @Test
  void start_noSuchProgram_saysWhich() {
    var spec = ProcessSpec.of("ghost", folder.resolve("log"), List.of("/no/such/program"));

    assertThatThrownBy(() -> ManagedProcess.start(spec))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("ghost");
  }

  @Test
  void spec_noCommand_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProcessSpec.of("empty", folder.resolve("log"), List.of()));
  }

  @Test
  void spec_toString_hasNoArguments() {
    assertThat(ProcessSpec.of("x", folder.resolve("log"), List.of("p", "--password=secret")))
        .hasToString("ProcessSpec[x]");
  }

  @Test
  void stop_politeProcess_endsByTerm() {
    var process = shell("exec sleep 60", Map.of());

    process.close();

    assertThat(process.awaitExit(DEADLINE)).isEqualTo(SIGTERM_EXIT);
    process.close();
  }

  @Test
  void stop_processIgnoresTerm_isKilledWithItsChildren() throws Exception {
    var pidFile = folder.resolve("child.pid");
    var process =
        shell(
            "trap '' TERM; sleep 60 & echo $! >" + pidFile + "; while :; do wait; done", Map.of());
    process.await(
        "has a child", DEADLINE, () -> Files.exists(pidFile) && pidFile.toFile().length() > 1);
    long childPid = Long.parseLong(Files.readString(pidFile).strip());

    process.stop(Duration.ofMillis(200));

    assertThat(process.awaitExit(DEADLINE)).isEqualTo(SIGKILL_EXIT);
    await()
        .atMost(DEADLINE)
        .until(() -> ProcessHandle.of(childPid).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void stop_frozenProcess_isThawedFirst() {
    var process = shell("exec sleep 60", Map.of());
    process.signal(ProcessSignal.STOP);

    process.close();

    assertThat(process.awaitExit(DEADLINE)).isEqualTo(SIGTERM_EXIT);
  }

  @Test
  void kill_endsAtOnce() {
    var process = shell("trap '' TERM; while :; do sleep 1; done", Map.of());

    process.kill();

    assertThat(process.awaitExit(DEADLINE)).isEqualTo(SIGKILL_EXIT);
  }

  @Test
  void signal_term_reachesTheProcess() {
    var process =
        shell("trap 'echo got it; exit 5' TERM; echo set; while :; do sleep 0.1; done", Map.of());
    process.await("has its trap", DEADLINE, () -> process.log().contains("set"));

    process.signal(ProcessSignal.TERM);

    assertThat(process.awaitExit(DEADLINE)).isEqualTo(5);
    assertThat(process.log()).contains("got it");
    assertThatThrownBy(() -> process.signal(ProcessSignal.TERM)).hasMessageContaining("has ended");
  }

  @Test
  void awaitExit_stillRuns_fails() {
    var process = shell("exec sleep 60", Map.of());

    assertThatThrownBy(() -> process.awaitExit(Duration.ofMillis(50)))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("still runs");
  }

  @Test
  void log_fileGone_fails() throws Exception {
    var process = shell("exec sleep 60", Map.of());
    Files.delete(folder.resolve("logs/child.log"));

    assertThatThrownBy(process::log).hasMessageContaining("child");
  }

  @Test
  void interrupted_stopStillEndsTheProcess() {
    var process = shell("exec sleep 60", Map.of());

    Thread.currentThread().interrupt();
    process.kill();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(process.awaitExit(DEADLINE)).isEqualTo(SIGKILL_EXIT);
  }

  @Test
  void jvmExit_endsTheProcess() throws Exception {
    var pidFile = folder.resolve("orphan.pid");
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var result =
        Command.run(
            List.of(
                java,
                "-cp",
                System.getProperty("java.class.path"),
                Starter.class.getName(),
                folder.resolve("orphan.log").toString(),
                pidFile.toString()),
            DEADLINE);

    assertThat(result.stderr()).isEmpty();
    long pid = Long.parseLong(Files.readString(pidFile));
    await()
        .atMost(DEADLINE)
        .until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }

  /** A program that starts a child and exits without ending it. */
  static final class Starter {

    private Starter() {}

    public static void main(String[] args) throws Exception {
      var spec = ProcessSpec.of("orphan", Path.of(args[0]), List.of("sleep", "60"));
      var process = ManagedProcess.start(spec);
      Files.writeString(Path.of(args[1]), Long.toString(process.pid()));
      System.exit(0);
    }
  }

  private ManagedProcess shell(String script, Map<String, String> environment) {
    var spec =
        ProcessSpec.of("child", folder.resolve("logs/child.log"), List.of("sh", "-c", script))
            .withEnvironment(environment);
    var process = ManagedProcess.start(spec);
    started.add(process);
    return process;
  }
}
