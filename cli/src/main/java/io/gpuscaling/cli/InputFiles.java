package io.gpuscaling.cli;

import io.gpuscaling.core.config.ByteSize;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads the files of a command line. */
final class InputFiles {

  /** Largest file, in bytes. */
  static final int MAX_BYTES = 256 << 20;

  private InputFiles() {}

  /** The text of a file. */
  static Read<String> read(Path file) {
    return read(file, MAX_BYTES);
  }

  static Read<String> read(Path file, int maxBytes) {
    try {
      byte[] bytes = bytes(file, maxBytes + 1);
      if (bytes.length > maxBytes) {
        return refused("is larger than " + ByteSize.print(maxBytes));
      }
      return new Read.Valid<>(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (NoSuchFileException e) {
      return refused("does not exist");
    } catch (CharacterCodingException e) {
      return refused("is not UTF-8 text");
    } catch (IOException e) {
      return refused("cannot be read: " + e.getClass().getSimpleName());
    }
  }

  /** The text that is piped in. */
  static Read<String> read(InputStream in) {
    try {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      return bytes.length > MAX_BYTES
          ? refused("is larger than " + ByteSize.print(MAX_BYTES))
          : new Read.Valid<>(
              StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return refused("is not UTF-8 text");
    } catch (IOException e) {
      return refused("cannot be read: " + e.getClass().getSimpleName());
    }
  }

  private static byte[] bytes(Path file, int atMost) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(atMost);
    }
  }

  private static Read<String> refused(String why) {
    return new Read.Invalid<>(List.of(Problem.of("file", why)));
  }
}
