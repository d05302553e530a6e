package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every reason of a condition or an Event that this package can give is in docs/policies.md with
 * what to do. Reasons are found in the source: they are the words in CamelCase there.
 */
class DocumentedReasonsTest {

  private static final Path SOURCES =
      Path.of("src", "main", "java", "io", "gpuscaling", "adapter", "policy");
  private static final Pattern WORD = Pattern.compile("\"((?:[A-Z][a-z]+)+)\"");
  private static final Pattern SUPPRESSED = Pattern.compile("@SuppressWarnings\\([^)]*\\)");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `(\\w+)` \\| [^|]*\\S[^|]* \\| [^|]*\\S[^|]* \\|$");

  /** Types of conditions and what they say, and the state of a policy that is not ready. */
  private static final Set<String> NO_REASONS =
      Set.of("Ready", "Paused", "ScalingLimited", "ScaleToZero", "NotReady", "True", "False");

  private static Set<String> given() throws IOException {
    Set<String> words = new TreeSet<>(Set.of("Invalid"));
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.toList()) {
        String source = SUPPRESSED.matcher(Files.readString(file)).replaceAll("");
        WORD.matcher(source).results().map(it -> it.group(1)).forEach(words::add);
      }
    }
    words.removeAll(NO_REASONS);
    return words;
  }

  private static List<String> documented() throws IOException {
    String text = Files.readString(Path.of("..", "docs", "policies.md"));
    int begin = text.indexOf("## Reasons of conditions and Events\n");
    assertThat(begin).isNotNegative();
    return ROW.matcher(text.substring(begin, text.indexOf("\n## ", begin)))
        .results()
        .map(it -> it.group(1))
        .toList();
  }

  @Test
  void everyReason_hasARowWithWhatToDo_andNoOther() throws IOException {
    assertThat(given()).contains("Conflict", "ToleranceNotSet", "TargetNotReached");
    assertThat(documented()).containsExactlyInAnyOrderElementsOf(given());
  }
}
