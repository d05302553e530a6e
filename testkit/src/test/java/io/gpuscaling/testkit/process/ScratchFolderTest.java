package io.gpuscaling.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchFolderTest {

  @TempDir Path temporary;

  @Test
  void empty_missing_isMade() {
    var folder = temporary.resolve("a/b");

    assertThat(ScratchFolder.empty(folder)).isEqualTo(folder).isEmptyDirectory();
  }

  @Test
  void empty_full_deletesContentButNotWhatLinksLeadTo() throws Exception {
    var precious = Files.createFile(temporary.resolve("precious"));
    var folder = temporary.resolve("scratch/sub");
    Files.createDirectories(folder.resolve("sub"));
    Files.createFile(folder.resolve("file"));
    Files.createSymbolicLink(folder.resolve("link"), temporary);

    assertThat(ScratchFolder.empty(temporary.resolve("scratch"))).isEmptyDirectory();
    assertThat(precious).exists();
  }

  @Test
  void empty_isAFile_fails() throws Exception {
    var file = Files.createFile(temporary.resolve("file"));

    assertThatThrownBy(() -> ScratchFolder.empty(file)).hasMessageContaining("cannot empty");
  }
}
