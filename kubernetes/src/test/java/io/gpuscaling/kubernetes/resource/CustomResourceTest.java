package io.gpuscaling.kubernetes.resource;

import static io.gpuscaling.kubernetes.resource.Field.optional;
import static io.gpuscaling.kubernetes.resource.Field.required;
import static io.gpuscaling.kubernetes.resource.Field.withDefault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.kubernetes.resource.CustomResource.Column;
import io.gpuscaling.kubernetes.resource.CustomResource.Names;
import io.gpuscaling.kubernetes.resource.CustomResource.Scope;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A kind with a field of every shape. */
class CustomResourceTest {

  private static final Structure STEP =
      Structure.of(
          withDefault("type", Text.oneOf("Fixed", "Ladder"), "Fixed", "How."),
          withDefault("size", new Whole(1, 9), 1, "How many."));

  private static final CustomResource KIND =
      new CustomResource(
          "example.org",
          "v1",
          new Names("Probe", "probes", "probe", List.of("pr")),
          Scope.CLUSTER,
          "A probe.",
          Structure.of(
                  required("name", Text.matching(5, "^[a-z]+$", "letters"), "Its name."),
                  optional("free", Text.any(4, "a text").withCel("self != 'no'"), "Free."),
                  withDefault("step", STEP, Map.of("size", 2), "The step."),
                  optional("amount", new Amount(true), "An amount."),
                  optional("wait", new Span(Duration.ofSeconds(1), Duration.ofMinutes(1)), "Wait."),
                  optional("at", new Moment(), "When."),
                  optional("on", new Truth(), "Whether."),
                  optional("labels", new Entries(2, 3), "Labels."),
                  optional("list", Items.keyed(STEP, 1, 2, "type"), "A list."),
                  withDefault("words", Items.of(Text.oneOf("a|b", "c"), 0, 2), List.of("c"), "W."))
              .with(
                  Constraint.of(
                      "free", "!has(self.free) || has(self.on)", "needs on", it -> it.has("on")),
                  Constraint.ofReader("", "is odd", _ -> Optional.empty())),
          Structure.of(optional("seen", new Moment(), "When seen.")),
          List.of(new Column("Name", "string", ".spec.name")));

  @Test
  void definition_isWhatTheApiServerTakes() {
    assertThat(YamlDocuments.write(KIND.definition()))
        .isEqualTo(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata:
              name: probes.example.org
              labels:
                app.kubernetes.io/part-of: gpuscaling
            spec:
              group: example.org
              names:
                kind: Probe
                listKind: ProbeList
                plural: probes
                singular: probe
                shortNames:
                  - pr
                categories:
                  - gpuscaling
              scope: Cluster
              versions:
            """
                + versions());
  }

  private static String versions() {
    String text = YamlDocuments.write(KIND.definition());
    String versions = text.substring(text.indexOf("    - name: v1\n"));
    assertThat(versions.lines().map(String::strip))
        .containsSubsequence(
            "description: A probe.",
            "type: object",
            "required:",
            "- spec",
            "description: What is wanted.",
            "required:",
            "- name",
            "maxLength: 5",
            "pattern: ^[a-z]+$",
            "maxLength: 4",
            "- rule: self != 'no'",
            "message: must be a text",
            "description: The step.",
            "enum:",
            "- Fixed",
            "- Ladder",
            "default: Fixed",
            "minimum: 1",
            "maximum: 9",
            "default: 1",
            "default:",
            "type: Fixed",
            "size: 2",
            "anyOf:",
            "x-kubernetes-int-or-string: true",
            "- rule: duration(self) >= duration('1s') && duration(self) <= duration('1m')",
            "message: must be a duration, 1s to 1m",
            "format: date-time",
            "type: boolean",
            "maxProperties: 2",
            "additionalProperties:",
            "minItems: 1",
            "maxItems: 2",
            "x-kubernetes-list-type: map",
            "x-kubernetes-list-type: atomic",
            "- rule: '!has(self.free) || has(self.on)'",
            "message: needs on",
            "fieldPath: .free",
            "description: What is; written by the metrics-adapter.",
            "- rule: size(self.metadata.name) <= 63");
    assertThat(versions).doesNotContain("is odd");
    return versions;
  }

  @Test
  void reference_hasARowForEachField_andTheConstraints() {
    assertThat(FieldReference.render(KIND))
        .contains(
            "### Probe\n",
            "| `spec.name` | letters | required | Its name. |",
            "| `spec.step` | the fields below | as below | The step. |",
            "| `spec.step.size` | 1 to 9 | `1` | How many. |",
            "| `spec.list` | a list, 1 to 2, of the fields below | – | A list. |",
            "| `spec.list[].type` | Fixed, Ladder | `Fixed` | How. |",
            "| `spec.words` | a list, 0 to 2, of a\\|b, c | `[c]` | W. |",
            "- `spec.free` needs on\n",
            "- `spec` is odd (not known to the API server)\n");
  }

  @Test
  void everyShape_refusesWhatItIsNot_withWhatIsAllowed() {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("name", 5);
    spec.put("free", "");
    spec.put("step", "x");
    spec.put("amount", "0");
    spec.put("wait", 5);
    spec.put("at", "today");
    spec.put("on", "yes");
    spec.put("labels", Map.of("a", "long text"));
    spec.put("list", List.of());
    spec.put("words", "c");

    assertThat(problems(spec))
        .containsExactly(
            "spec.name \"5\": must be a text (write it in quotes); allowed: letters",
            "spec.free \"\": is empty; allowed: a text",
            "spec.step \"x\": must be a map of fields: type, size",
            "spec.amount \"0\": must be above 0, a whole number or a quantity such as \"750m\"",
            "spec.wait \"5\": must be a duration, 1s to 1m; it has no unit (ms, s, m, h)",
            "spec.at \"today\": must be a time such as 2026-11-25T03:12:00Z",
            "spec.on \"yes\": must be true or false",
            "spec.labels.a \"long text\": must be a text of at most 3 characters (write it in"
                + " quotes)",
            "spec.list \"0 items\": must have 1 to 2 items",
            "spec.words \"c\": must be a list");
  }

  @Test
  void limits_areKept() {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("name", "abcdef");
    spec.put("free", "text5");
    spec.put("labels", "x");
    Map<String, Object> empty = new HashMap<>();
    empty.put("type", "Ladder");
    List<Object> items = new ArrayList<>(List.of(empty, empty));
    items.add(null);
    spec.put("list", items);

    assertThat(problems(spec))
        .containsExactly(
            "spec.name \"abcdef\": is longer than 5 characters",
            "spec.free \"text5\": is longer than 4 characters",
            "spec.labels \"x\": must be a map of at most 2 texts",
            "spec.list \"3 items\": must have 1 to 2 items",
            "spec.list[1].type \"Ladder\": is used by an item before it",
            "spec.free \"text5\": needs on");
    items.set(1, null);
    items.removeLast();
    assertThat(problems(spec)).contains("spec.list[1]: is empty");
  }

  @Test
  void moreThanAHundredProblems_areCutThere() {
    Map<String, Object> spec = new LinkedHashMap<>();
    for (int i = 0; i < 200; i++) {
      spec.put("unknown" + i, i);
    }

    assertThat(problems(spec)).hasSize(100);
  }

  @Test
  void invalid_withoutProblem_isABug() {
    assertThatThrownBy(() -> new Read.Invalid<String>(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    Read<String> refused = new Read.Invalid<>(List.of(Problem.of("a", "is wrong")));
    assertThat(refused.map(String::length))
        .isEqualTo(new Read.Invalid<Integer>(List.of(Problem.of("a", "is wrong"))));
    Read<String> valid = new Read.Valid<>("abc");
    assertThat(valid.map(String::length)).isEqualTo(new Read.Valid<>(3));
  }

  private static List<String> problems(Map<String, Object> spec) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("apiVersion", "example.org/v1");
    object.put("kind", "Probe");
    object.put("metadata", Map.of("name", "a"));
    object.put("spec", spec);
    Problems problems = new Problems();
    KIND.read(object, problems);
    return problems.list().stream().map(Problem::toString).toList();
  }
}
