package io.gpuscaling.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSignal;
import io.gpuscaling.testkit.process.ProcessSpec;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole demo, with both programs as processes, told fast. */
@Timeout(300)
final class DemoIT {

  private static final Path BIN = Path.of("..", "bin").toAbsolutePath().normalize();
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  private static final Pattern FOLDER = Pattern.compile("cd (/\\S+gpuscaling-demo-\\d+)");

  @AfterEach
  void noProcessIsLeft() {
    assertThat(ProcessHandle.current().descendants()).isEmpty();
  }

  private static String run(Map<String, String> environment, int exitCode) {
    var bytes = new ByteArrayOutputStream();
    int code =
        Main.run(
            DemoSettings.of(BIN, environment),
            new PrintStream(bytes, true, StandardCharsets.UTF_8));
    String output = bytes.toString(StandardCharsets.UTF_8);
    assertThat(code).as(output).isEqualTo(exitCode);
    return output;
  }

  @Test
  void run_embeddedBroker_loopClosesWithinTheTerminalsWidth() {
    String output = run(Map.of("DEMO_SECONDS", "30"), 0);
    assertThat(output).contains("OK: 2 -> ", "Back at 2 workers");
    assertThat(FOLDER.matcher(output).results().map(it -> Path.of(it.group(1))))
        .hasSize(1)
        .allSatisfy(folder -> assertThat(folder).doesNotExist());
    assertThat(output.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
  }

  @Test
  void run_realBroker_loopCloses() {
    Path folder = ScratchFolder.empty(Path.of("target", "rabbitmq-demo"));
    try (RabbitMqBroker broker = RabbitMqBroker.start(folder)) {
      String output = run(Map.of("DEMO_SECONDS", "30", "RABBITMQ", broker.uri().toString()), 0);
      assertThat(output).contains("n8n.ai.generation.queue.demo-");
      assertThat(broker.rabbitmqctl("list_queues", "name").orThrow())
          .doesNotContain("n8n.ai.generation.queue");
    }
  }

  @Test
  void run_brokerNotThere_saysSo() {
    String output = run(Map.of("RABBITMQ", "amqp://me:s3cret@127.0.0.1:1"), 1);
    assertThat(output).contains("FAILED: ").doesNotContain("s3cret");
  }

  @Test
  void launcher_interrupted_endsEverything() throws IOException {
    Path folder = ScratchFolder.empty(Path.of("target", "demo").toAbsolutePath());
    Path log = folder.resolve("demo.log");
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    ProcessSpec spec =
        ProcessSpec.of("demo", log, List.of(BIN.resolve("gpuscaling-demo").toString()))
            .withEnvironment(
                Map.of(
                    "DEMO_SECONDS", "30", "GPUSCALING_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary));
    try (ManagedProcess demo = ManagedProcess.start(spec)) {
      demo.await("runs", DEADLINE, () -> demo.log().contains("0s |"));
      demo.signal(ProcessSignal.TERM);
      assertThat(demo.awaitExit(DEADLINE)).isNotZero();
      assertThat(demo.log()).contains("Interrupted");
      assertThat(temporary).isEmptyDirectory();
    }
  }
}
