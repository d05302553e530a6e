package io.gpuscaling.cli;

import io.gpuscaling.core.config.ProgramAbout;
import io.gpuscaling.core.config.ProgramStreams;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One run of the command, in this process. */
record Run(int exitCode, String out, String err) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  static Run of(String... arguments) {
    return piped("", arguments);
  }

  /** With a text on standard input, at 2026-11-25T03:12:10Z. */
  static Run piped(String input, String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var streams =
        new ProgramStreams(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintWriter(out),
            new PrintWriter(err));
    int exitCode =
        new Gpuscaling(
                new ProgramAbout("gpuscaling", "1.2.3", "Test."),
                streams,
                InstantSource.fixed(Instant.parse("2026-11-25T03:12:10Z")))
            .execute(List.of(arguments));
    streams.out().flush();
    streams.err().flush();
    return new Run(exitCode, out.toString(), err.toString());
  }

  List<JsonNode> decisions() {
    return out.lines().map(JSON::readTree).toList();
  }
}
