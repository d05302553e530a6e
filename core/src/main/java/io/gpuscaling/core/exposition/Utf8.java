package io.gpuscaling.core.exposition;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Strict decoding: a replaced character could make two series look like one. */
final class Utf8 {

  private Utf8() {}

  /** The text of {@code [start, end)}, or null when it is not UTF-8. */
  static @Nullable String decode(byte[] bytes, int start, int end) {
    for (int i = start; i < end; i++) {
      if (bytes[i] < 0) {
        return decodeMultibyte(bytes, start, end);
      }
    }
    return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
  }

  private static @Nullable String decodeMultibyte(byte[] bytes, int start, int end) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, start, end - start))
          .toString();
    } catch (CharacterCodingException _) {
      return null;
    }
  }
}
