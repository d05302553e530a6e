package io.gpuscaling.e2e.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The programs' own metrics are those that {@code docs/metrics.md} lists. */
class SelfMetricsTest {

  /** A name in a Java source is a literal of its own; nothing else there looks like one. */
  private static final Pattern DECLARED =
      Pattern.compile("\"((?:gpuscaling|metrics_apiserver)_[a-z_]+)\"");

  private static final Pattern LISTED =
      Pattern.compile("(?m)^\\| `((?:gpuscaling|metrics_apiserver)_[a-z_]+)` \\|");

  @Test
  void namesInTheCode_areThoseOfTheDocument() throws IOException {
    SortedSet<String> declared = new TreeSet<>();
    for (String module : new String[] {"core", "exporter", "metrics-adapter"}) {
      try (Stream<Path> files = Files.walk(Repository.path(module, "src", "main", "java"))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .forEach(file -> collect(DECLARED, file, declared));
      }
    }
    SortedSet<String> listed = new TreeSet<>();
    collect(LISTED, Repository.path("docs", "metrics.md"), listed);

    assertThat(listed).isEqualTo(declared).isNotEmpty();
  }

  private static void collect(Pattern pattern, Path file, SortedSet<String> names) {
    try {
      Matcher matcher = pattern.matcher(Files.readString(file));
      while (matcher.find()) {
        names.add(matcher.group(1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
