package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFilesTest {

  @TempDir private Path folder;

  @Test
  void file_upToTheLimit_isRead_oneByteMoreIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "text");

    assertThat(InputFiles.read(file)).isEqualTo(new Read.Valid<>("text"));
    assertThat(InputFiles.read(file, 4)).isEqualTo(new Read.Valid<>("text"));
    assertThat(InputFiles.read(file, 3))
        .isInstanceOfSatisfying(
            Read.Invalid.class,
            it -> assertThat(((List<?>) it.problems()).getFirst()).isInstanceOf(Problem.class));
  }
}
