package io.gpuscaling.core.config;

import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * What a command reads and writes.
 *
 * @param in what is piped in
 * @param out for results
 * @param err for complaints
 */
public record ProgramStreams(InputStream in, PrintWriter out, PrintWriter err) {

  /** Those of this process, in UTF-8 whatever the locale. */
  public static ProgramStreams ofProcess() {
    return new ProgramStreams(
        System.in,
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8));
  }
}
