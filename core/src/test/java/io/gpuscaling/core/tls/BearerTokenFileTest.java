package io.gpuscaling.core.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BearerTokenFileTest {

  @TempDir private Path folder;

  @Test
  void token_isReadWithoutWhatIsAroundIt() throws IOException {
    Path file = folder.resolve("token");
    Files.writeString(file, "abc.DEF-1~2+3/4==\n");

    assertThat(BearerTokenFile.read(file)).isEqualTo("abc.DEF-1~2+3/4==");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " \n", "two words", "a\nX-Evil: 1", "=a", "ä"})
  void whatIsNoToken_isRefused_andNotQuoted(String text) throws IOException {
    Path file = folder.resolve("token");
    Files.writeString(file, text);

    assertThatThrownBy(() -> BearerTokenFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + " holds no token");
  }

  @Test
  void largeFile_andNone_areRefused() throws IOException {
    Path file = folder.resolve("token");
    Files.writeString(file, "a".repeat(64 * 1024 + 1));

    assertThatThrownBy(() -> BearerTokenFile.read(file)).hasMessageContaining("larger");
    assertThatThrownBy(() -> BearerTokenFile.read(folder.resolve("none")))
        .isInstanceOf(IOException.class);
  }
}
