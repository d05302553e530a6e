package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the shell is given to complete {@code gpuscaling}. */
class CompletionTest {

  @Test
  void completion_isAScriptThatBashTakes_andKnowsCommandsAndOptions(@TempDir Path folder)
      throws IOException, InterruptedException {
    Run run = Run.of("completion");
    assertThat(run.exitCode()).isZero();

    Path script = folder.resolve("gpuscaling");
    Files.writeString(
        script,
        run.out()
            + """

            COMP_WORDS=(gpuscaling "$1")
            COMP_CWORD=1
            COMP_LINE="gpuscaling $1"
            _complete_gpuscaling
            echo "${COMPREPLY[@]}"
            """);
    Process bash =
        new ProcessBuilder("bash", script.toString(), "re").redirectErrorStream(true).start();
    assertThat(new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualToIgnoringNewLines("replay render");
    assertThat(bash.waitFor()).isZero();
    assertThat(run.out()).contains("--observations", "--capsule");
  }
}
