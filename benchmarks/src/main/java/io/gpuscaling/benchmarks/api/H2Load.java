package io.gpuscaling.benchmarks.api;

import io.gpuscaling.benchmarks.load.Latencies;
import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.process.ProcessFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Load by h2load, which is written in C and so takes the servers under test less of the machine's
 * CPU than a client of our own would: one HTTP/2 connection, a bearer token, one URL.
 */
final class H2Load {

  private static final Duration GRACE = Duration.ofSeconds(30);

  private final Path log;
  private final String token;

  /**
   * Checks that the tool is there.
   *
   * @param folder for the log of single requests
   * @throws ProcessFailedException when it is not; the message says what to install
   */
  H2Load(Path folder, String token) {
    this.log = folder.resolve("requests.tsv");
    this.token = token;
    try {
      var _ = Command.run(List.of("h2load", "--version"), GRACE).orThrow();
    } catch (ProcessFailedException e) {
      throw new ProcessFailedException(
          "h2load is needed. Debian: sudo apt-get install nghttp2-client", e);
    }
  }

  /**
   * What came of a run.
   *
   * @param latencies of the answers with code 200
   * @param failures all other requests
   * @param elapsed the length of the run
   */
  record Result(Latencies latencies, long failures, Duration elapsed) {

    double requestsPerSecond() {
      return latencies.count() / (elapsed.toNanos() / 1e9);
    }
  }

  /** As many requests as the server answers, so many at a time. */
  Result saturate(String url, int streams, Duration duration) {
    return run(url, streams, duration, List.of());
  }

  /** So many requests each second, whatever the server answers. */
  Result paced(String url, int requestsPerSecond, int streams, Duration duration) {
    return run(url, streams, duration, List.of("--rps=" + requestsPerSecond));
  }

  private Result run(String url, int streams, Duration duration, List<String> more) {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "h2load",
            "--clients=1",
            "--threads=1",
            "--max-concurrent-streams=" + streams,
            "--duration=" + duration.toSeconds(),
            "--header=authorization: Bearer " + token,
            "--header=accept: application/json",
            "--log-file=" + log));
    command.addAll(more);
    command.add(url);
    try {
      Files.deleteIfExists(log);
      var _ = Command.run(command, duration.plus(GRACE)).orThrow();
      try (Stream<String> lines = Files.lines(log)) {
        return read(lines, duration);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("no log of requests", e);
    }
  }

  /** Reads lines of start (µs), HTTP code and time (µs), separated by tabs. */
  static Result read(Stream<String> lines, Duration elapsed) {
    var latencies = new Latencies();
    long failures =
        lines
            .map(line -> line.split("\t", -1))
            .filter(fields -> {
              boolean isGood = fields.length >= 3 && fields[1].equals("200");
              if (isGood) {
                latencies.add(Long.parseLong(fields[2]) * 1000);
              }
              return !isGood;
            })
            .count();
    return new Result(latencies, failures, elapsed);
  }
}
