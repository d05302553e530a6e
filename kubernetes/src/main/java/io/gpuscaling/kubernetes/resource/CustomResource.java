package io.gpuscaling.kubernetes.resource;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A kind of custom resource: what the API server is told of it, and how we read one.
 *
 * @param group of the API
 * @param version of the API
 * @param names of the kind
 * @param scope where objects live
 * @param description for {@code kubectl explain}
 * @param spec its fields
 * @param status its fields; none of them is ever wanted of a person
 * @param columns of {@code kubectl get}
 */
public record CustomResource(
    String group,
    String version,
    Names names,
    Scope scope,
    String description,
    Structure spec,
    Structure status,
    List<Column> columns) {

  /** Names of objects are label values too. */
  private static final int MAX_NAME_CHARS = 63;

  private static final Pattern OBJECT_NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]*[a-z0-9])?");
  private static final Set<String> TOP = Set.of("apiVersion", "kind", "metadata", "spec", "status");

  /** How a kind is called. */
  public record Names(String kind, String plural, String singular, List<String> shortNames) {
    /** Copies. */
    public Names {
      shortNames = List.copyOf(shortNames);
    }
  }

  /** Where objects live. */
  public enum Scope {
    NAMESPACED("Namespaced"),
    CLUSTER("Cluster");

    private final String word;

    Scope(String word) {
      this.word = word;
    }
  }

  /** A column of {@code kubectl get}. */
  public record Column(String name, String type, String jsonPath) {}

  /**
   * An object as it was understood.
   *
   * @param status empty when there is none, or none that can be read
   */
  public record Parsed(ObjectMeta metadata, Values spec, Optional<Values> status) {}

  /** Copies. */
  public CustomResource {
    columns = List.copyOf(columns);
  }

  /** {@code group/version}. */
  public String apiVersion() {
    return group + "/" + version;
  }

  /** The {@code CustomResourceDefinition}, as a tree in the order in which it is written. */
  public Map<String, Object> definition() {
    Map<String, Object> crdNames = new LinkedHashMap<>();
    crdNames.put("kind", names.kind());
    crdNames.put("listKind", names.kind() + "List");
    crdNames.put("plural", names.plural());
    crdNames.put("singular", names.singular());
    crdNames.put("shortNames", names.shortNames());
    crdNames.put("categories", List.of("gpuscaling"));
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", names.plural() + "." + group);
    metadata.put("labels", Map.of("app.kubernetes.io/part-of", "gpuscaling"));
    Map<String, Object> crdSpec = new LinkedHashMap<>();
    crdSpec.put("group", group);
    crdSpec.put("names", crdNames);
    crdSpec.put("scope", scope.word);
    crdSpec.put("versions", List.of(versionTree()));
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("apiVersion", "apiextensions.k8s.io/v1");
    tree.put("kind", "CustomResourceDefinition");
    tree.put("metadata", metadata);
    tree.put("spec", crdSpec);
    return tree;
  }

  private Map<String, Object> versionTree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", version);
    tree.put("served", true);
    tree.put("storage", true);
    tree.put("subresources", Map.of("status", Map.of()));
    tree.put("additionalPrinterColumns", columns.stream().map(CustomResource::columnTree).toList());
    tree.put("schema", Map.of("openAPIV3Schema", rootSchema()));
    return tree;
  }

  private static Map<String, Object> columnTree(Column column) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", column.name());
    tree.put("type", column.type());
    tree.put("jsonPath", column.jsonPath());
    return tree;
  }

  private Map<String, Object> rootSchema() {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("apiVersion", Map.of("type", "string"));
    properties.put("kind", Map.of("type", "string"));
    properties.put("metadata", Map.of("type", "object"));
    properties.put("spec", described("What is wanted.", spec.schema()));
    properties.put(
        "status", described("What is; written by the metrics-adapter.", status.schema()));
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("description", description);
    schema.put("type", "object");
    schema.put("required", List.of("spec"));
    schema.put("properties", properties);
    schema.put(
        "x-kubernetes-validations",
        List.of(
            Constraints.rule(
                "size(self.metadata.name) <= " + MAX_NAME_CHARS,
                "metadata.name must have at most " + MAX_NAME_CHARS + " characters")));
    return schema;
  }

  private static Map<String, Object> described(String text, Map<String, Object> schema) {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("description", text);
    described.putAll(schema);
    return described;
  }

  /**
   * Understands an object, as JSON or YAML gives it.
   *
   * @param problems gets everything that is wrong; then what was understood is not to be used
   */
  public Optional<Parsed> read(Map<String, ?> object, Problems problems) {
    checkKind(object, problems);
    for (String key : new LinkedHashSet<>(object.keySet())) {
      if (!TOP.contains(key)) {
        problems.add(Problem.of(key, "is no field; there are apiVersion, kind, metadata and spec"));
      }
    }
    ObjectMeta metadata = metadata(object.get("metadata"), problems);
    Object rawSpec = object.get("spec");
    if (rawSpec == null) {
      problems.add(Problem.of("spec", "is missing"));
      return Optional.empty();
    }
    Optional<Values> read = spec.values(rawSpec, "spec", problems);
    return read.map(values -> new Parsed(metadata, values, readStatus(object.get("status"))));
  }

  /** A status that cannot be read is none: it is written by us, and never wanted of a person. */
  private Optional<Values> readStatus(@Nullable Object raw) {
    Problems problems = new Problems();
    return raw == null
        ? Optional.empty()
        : status.values(raw, "status", problems).filter(_ -> problems.isEmpty());
  }

  private void checkKind(Map<String, ?> object, Problems problems) {
    if (!apiVersion().equals(object.get("apiVersion"))) {
      problems.add(
          Problem.of(
              "apiVersion", String.valueOf(object.get("apiVersion")), "must be " + apiVersion()));
    }
    if (!names.kind().equals(object.get("kind"))) {
      problems.add(
          Problem.of("kind", String.valueOf(object.get("kind")), "must be " + names.kind()));
    }
  }

  private ObjectMeta metadata(@Nullable Object raw, Problems problems) {
    if (!(raw instanceof Map<?, ?> map)) {
      problems.add(Problem.of("metadata", "is missing"));
      return new ObjectMeta("", "", "", 0, "", Optional.empty(), Map.of());
    }
    String name = text(map, "name", problems).orElse("");
    if (name.isEmpty()) {
      problems.add(Problem.of("metadata.name", "is missing"));
    } else if (name.length() > MAX_NAME_CHARS || !OBJECT_NAME.matcher(name).matches()) {
      problems.add(
          Problem.of(
              "metadata.name",
              name,
              "must be lower-case letters, digits, '-' and '.', at most 63 characters"));
    }
    String namespace =
        scope == Scope.CLUSTER ? "" : text(map, "namespace", problems).orElse("default");
    long generation = map.get("generation") instanceof Number number ? number.longValue() : 0;
    return new ObjectMeta(
        namespace,
        name,
        text(map, "uid", problems).orElse(""),
        generation,
        text(map, "resourceVersion", problems).orElse(""),
        text(map, "creationTimestamp", problems).flatMap(Moment::parse),
        annotations(map.get("annotations"), problems));
  }

  private static Optional<String> text(Map<?, ?> map, String name, Problems problems) {
    Object value = map.get(name);
    if (value != null && !(value instanceof String)) {
      problems.add(Problem.of("metadata." + name, value, "must be a text (write it in quotes)"));
    }
    return value instanceof String text ? Optional.of(text) : Optional.empty();
  }

  private static Map<String, String> annotations(@Nullable Object raw, Problems problems) {
    Map<String, String> annotations = new LinkedHashMap<>();
    if (raw instanceof Map<?, ?> map) {
      map.forEach((key, value) -> {
        if (value instanceof String text) {
          annotations.put(String.valueOf(key), text);
        } else {
          problems.add(
              Problem.of(
                  "metadata.annotations[" + key + "]",
                  value,
                  "must be a text (write it in quotes)"));
        }
      });
    }
    return annotations;
  }

  /** All fields of a kind with their paths, for the documentation. */
  public List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    addRows(spec, "spec", rows);
    return List.copyOf(rows);
  }

  /** One field of the documentation. */
  public record Row(String path, Field field) {}

  private static void addRows(Structure structure, String path, List<Row> rows) {
    for (Field field : structure.fields()) {
      String at = path + "." + field.name();
      rows.add(new Row(at, field));
      switch (field.shape()) {
        case Structure inner -> addRows(inner, at, rows);
        case Items(Structure inner, _, _, _) -> addRows(inner, at + "[]", rows);
        case Items _, Text _, Whole _, Truth _, Amount _, Span _, Moment _, Entries _ -> {
          // Nothing below it.
        }
      }
    }
  }
}
