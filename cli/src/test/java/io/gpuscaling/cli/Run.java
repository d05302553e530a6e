package io.gpuscaling.cli;

import io.gpuscaling.core.config.ProgramAbout;
import io.gpuscaling.core.config.ProgramStreams;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One run of the command, in this process. */
record Run(int exitCode, String out, String err) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  static Run of(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var streams =
        new ProgramStreams(
            InputStream.nullInputStream(), new PrintWriter(out), new PrintWriter(err));
    int exitCode =
        new Gpuscaling(new ProgramAbout("gpuscaling", "1.2.3", "Test."), streams)
            .execute(List.of(arguments));
    streams.out().flush();
    streams.err().flush();
    return new Run(exitCode, out.toString(), err.toString());
  }

  List<JsonNode> decisions() {
    return out.lines().map(JSON::readTree).toList();
  }
}
