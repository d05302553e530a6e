package io.gpuscaling.exporter.push;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The limits in the comments of the contract are those of the code. */
final class PushLimitsTest {

  private static final Path CONTRACT =
      Path.of("../proto/src/main/protobuf/gpuscaling/v1/ingest.proto");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Together at most %,d; a message is at most      | 20000 | MAX_SERIES
          a message is at most %d MiB                     | 1     | MAX_MESSAGE_BYTES
          [a-zA-Z_:][a-zA-Z0-9_:]*, at most %d characters | 128   | MAX_METRIC_LENGTH
          At most %d; names [a-zA-Z_][a-zA-Z0-9_]*        | 16    | MAX_LABELS
          [a-zA-Z_][a-zA-Z0-9_]* of at most %d characters | 64    | MAX_LABEL_NAME_LENGTH
          values of at most %d; no name twice             | 256   | MAX_LABEL_VALUE_LENGTH
          the exporter's process. At most %d characters   | 64    | MAX_HELLO_TEXT_LENGTH
          """)
  void limit_ofTheCode_isThatOfTheContract(String words, int contract, String constant)
      throws IOException {
    String comments = Files.readString(CONTRACT).replace("//", " ").replaceAll("\\s+", " ");
    assertThat(comments).contains(String.format(Locale.ROOT, words, contract).strip());
    assertThat(code(constant)).isEqualTo(contract);
  }

  private static int code(String constant) {
    return switch (constant) {
      case "MAX_SERIES" -> PushLimits.MAX_SERIES;
      case "MAX_MESSAGE_BYTES" -> PushLimits.MAX_MESSAGE_BYTES >> 20;
      case "MAX_METRIC_LENGTH" -> PushLimits.MAX_METRIC_LENGTH;
      case "MAX_LABELS" -> PushLimits.MAX_LABELS;
      case "MAX_LABEL_NAME_LENGTH" -> PushLimits.MAX_LABEL_NAME_LENGTH;
      case "MAX_LABEL_VALUE_LENGTH" -> PushLimits.MAX_LABEL_VALUE_LENGTH;
      case "MAX_HELLO_TEXT_LENGTH" -> PushLimits.MAX_HELLO_TEXT_LENGTH;
      default -> throw new AssertionError(constant);
    };
  }
}
