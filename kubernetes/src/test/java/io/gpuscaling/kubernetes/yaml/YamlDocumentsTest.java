package io.gpuscaling.kubernetes.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class YamlDocumentsTest {

  @Test
  void write_wordsThatKubernetesReadsAsSomethingElse_areQuoted() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("a", "off");
    object.put("b", "True");
    object.put("c", "true");
    object.put("d", "1");
    object.put("e", "offline");
    object.put("f", true);
    object.put("g", 1);

    assertThat(YamlDocuments.write(object))
        .isEqualTo("a: 'off'\nb: 'True'\nc: 'true'\nd: '1'\ne: offline\nf: true\ng: 1\n");
  }

  @Test
  void read_severalDocuments_emptyOnesLeftOut() {
    assertThat(YamlDocuments.read("\uFEFFa: 1\n---\n---\nb: [x]\n"))
        .isEqualTo(
            new Read.Valid<>(
                List.of(
                    Map.<String, Object>of("a", 1), Map.<String, Object>of("b", List.of("x")))));
  }

  @Test
  void read_whatIsNoObject_isToldByItsPlace() {
    assertThat(problem("a: 1\n---\njust text\n")).isEqualTo("document 2: is no Kubernetes object");
    assertThat(problem("a: 1\na: 2\n"))
        .startsWith("line 2, column 1: is not YAML: found duplicate");
    assertThat(problem("a: \t- b: {\n")).startsWith("line 1, column");
    assertThat(problem("a: " + "x".repeat(4 << 20))).startsWith("text: is not YAML");
  }

  private static String problem(String yaml) {
    return switch (YamlDocuments.read(yaml)) {
      case Read.Valid<?> valid -> throw new AssertionError(valid);
      case Read.Invalid<?>(List<Problem> problems) -> problems.getFirst().toString();
    };
  }
}
