package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.policy.PolicyResources;
import io.gpuscaling.kubernetes.policy.ScalingPolicyReader;
import io.gpuscaling.kubernetes.resource.FieldReference;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import io.gpuscaling.policy.engine.Gate;
import io.gpuscaling.policy.engine.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compares docs/policies.md with the code, and its examples with the reader. After a change of the
 * field tables write them anew: {@code build/maven -pl cli -am test -Dtest=PolicyDocumentsTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.write=true}.
 */
class PolicyDocumentsTest {

  private static final Path PAGE = Path.of("..", "docs", "policies.md");
  private static final String BEGIN = "<!-- generated: begin -->\n";
  private static final String END = "<!-- generated: end -->\n";
  private static final Pattern YAML = Pattern.compile("(?s)```yaml\n(.*?)```");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(\\w+)` \\|");

  @Test
  void fields_areWhatTheTablesSay() throws IOException {
    String text = Files.readString(PAGE);
    String tables =
        PolicyResources.all().stream()
            .map(FieldReference::render)
            .collect(Collectors.joining("\n"));
    String expected =
        text.substring(0, text.indexOf(BEGIN) + BEGIN.length())
            + "\n"
            + tables
            + "\n"
            + text.substring(text.indexOf(END));
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(PAGE, expected);
    }

    assertThat(Files.readString(PAGE)).isEqualTo(expected);
  }

  @Test
  void gates_areListedInTheirOrder_andEveryReasonHasARow() throws IOException {
    assertThat(rowsBelow("## How it decides"))
        .containsExactlyElementsOf(Arrays.stream(Gate.values()).map(Gate::word).toList());
    assertThat(rowsBelow("## Reasons"))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Reason.values()).map(Reason::word).toList());
  }

  private static List<String> rowsBelow(String heading) throws IOException {
    String text = Files.readString(PAGE);
    int begin = text.indexOf(heading + "\n");
    assertThat(begin).isNotNegative();
    int end = text.indexOf("\n## ", begin);
    return ROW.matcher(text.substring(begin, end)).results().map(it -> it.group(1)).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"how-to/write-a-policy.md"})
  void examples_areValid(String page) throws IOException {
    String text = Files.readString(Path.of("..", "docs").resolve(page));
    List<MatchResult> blocks = YAML.matcher(text).results().toList();

    assertThat(blocks).isNotEmpty();
    for (MatchResult block : blocks) {
      assertThat(YamlDocuments.read(block.group(1)))
          .isInstanceOfSatisfying(
              Read.Valid.class,
              documents ->
                  assertThat(ScalingPolicyReader.read(first((List<?>) documents.value())))
                      .isInstanceOf(Read.Valid.class));
    }
  }

  private static Map<String, Object> first(List<?> documents) {
    Map<String, Object> object = new LinkedHashMap<>();
    ((Map<?, ?>) documents.getFirst()).forEach((key, value) -> object.put((String) key, value));
    return object;
  }
}
