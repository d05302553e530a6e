package io.gpuscaling.e2e.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The tutorial does what it says: its blocks are run in a shell, one after the other. */
class TutorialIT {

  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  /** The ports that the page names; here free ones stand in, since others may be at work. */
  private static final List<String> PORTS = List.of("9400", "9401", "9443", "6443");

  /** Ends what a block that failed has left running. */
  private static final String CLEAN_UP =
      "trap 'kill $(cat tutorial/*.pid 2>/dev/null) 2>/dev/null || true' EXIT\n";

  @Test
  void tutorial_runAsItStands_showsWhatItPromises() throws IOException {
    Path folder = ScratchFolder.empty(Repository.path("e2e", "target", "tutorial"));
    Files.createSymbolicLink(folder.resolve("bin"), Repository.path("bin"));
    Files.createSymbolicLink(folder.resolve("exporter"), Repository.path("exporter"));
    String script =
        MarkdownBlocks.of(Repository.path("docs", "tutorial.md"), "sh").stream()
            .map(MarkdownBlocks.Block::text)
            .collect(Collectors.joining("\n"));
    List<Integer> free = LoopbackPorts.free(PORTS.size());
    for (int i = 0; i < PORTS.size(); i++) {
      script = script.replaceAll("\\b" + PORTS.get(i) + "\\b", free.get(i).toString());
    }

    Command.Result result =
        Command.run(
            List.of("sh", "-eu", "-c", "cd \"$0\"\n" + CLEAN_UP + script, folder.toString()),
            Map.of(),
            "",
            TIMEOUT);

    assertThat(result.orThrow())
        .containsSubsequence(
            "GPU-1f027ee8-6e1e-2b8c-0108-3d370e5f0418", // the table of read-dcgm
            "ok", // the adapter is ready
            "incomplete: 1 of 1 nodes: gpu-1 (no exporter has reported)",
            "\"metricName\": \"gpu_power_watts\"",
            "gpu_power_watts{", // the exporter's own page
            "last observed");
    assertThat(folder.resolve("tutorial")).doesNotExist();
  }
}
