package io.gpuscaling.kubernetes.resource;

import io.gpuscaling.core.config.NearestName;
import io.gpuscaling.kubernetes.resource.Field.Presence;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Fields with names, and what they must be to each other.
 *
 * @param fields in the order in which they are explained
 * @param constraints between them
 */
public record Structure(List<Field> fields, List<Constraint> constraints) implements Shape {

  /** Copies. */
  public Structure {
    fields = List.copyOf(fields);
    constraints = List.copyOf(constraints);
  }

  /** Fields that know nothing of each other. */
  public static Structure of(Field... fields) {
    return new Structure(List.of(fields), List.of());
  }

  /** With constraints. */
  public Structure with(Constraint... more) {
    return new Structure(fields, List.of(more));
  }

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> properties = new LinkedHashMap<>();
    for (Field field : fields) {
      Map<String, Object> property = new LinkedHashMap<>();
      property.put("description", field.description());
      property.putAll(field.shape().schema());
      if (field.presence() instanceof Presence.Default(Object value)) {
        property.put("default", complete(field.shape(), value));
      }
      properties.put(field.name(), property);
    }
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    List<String> required =
        fields.stream()
            .filter(field -> field.presence() instanceof Presence.Required)
            .map(Field::name)
            .toList();
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    schema.put("properties", properties);
    List<Map<String, Object>> rules = Constraints.rules(constraints);
    if (!rules.isEmpty()) {
      schema.put("x-kubernetes-validations", rules);
    }
    return schema;
  }

  /** The API server checks a default before it fills in the defaults within. */
  private static Object complete(Shape shape, Object value) {
    if (!(shape instanceof Structure structure) || !(value instanceof Map<?, ?> written)) {
      return value;
    }
    Map<String, Object> whole = new LinkedHashMap<>();
    for (Field field : structure.fields) {
      Object own = written.get(field.name());
      if (own != null) {
        whole.put(field.name(), own);
      } else if (field.presence() instanceof Presence.Default(Object byDefault)) {
        whole.put(field.name(), complete(field.shape(), byDefault));
      }
    }
    return whole;
  }

  @Override
  public Optional<Object> read(Object raw, String path, Problems problems) {
    return values(raw, path, problems).map(it -> it);
  }

  /**
   * Understands a structure. Fields that could not be understood are missing in it; constraints
   * have been checked on the others.
   */
  public Optional<Values> values(Object raw, String path, Problems problems) {
    if (!(raw instanceof Map<?, ?> map)) {
      problems.add(Problem.of(path, raw, "must be a map of fields: " + allowed()));
      return Optional.empty();
    }
    complainOfUnknown(map, path, problems);
    Map<String, Object> values = new HashMap<>();
    Map<String, Object> written = new HashMap<>();
    Set<String> faulty = new HashSet<>();
    for (Field field : fields) {
      String fieldPath = path.isEmpty() ? field.name() : path + "." + field.name();
      Object value = map.get(field.name());
      if (value == null) {
        switch (field.presence()) {
          case Presence.Required() -> {
            problems.add(Problem.of(fieldPath, "is missing; it is " + field.shape().allowed()));
            faulty.add(field.name());
            continue;
          }
          case Presence.Optional() -> {
            continue;
          }
          case Presence.Default(Object byDefault) -> value = byDefault;
        }
      }
      written.put(field.name(), value);
      Optional<Object> understood = field.shape().read(value, fieldPath, problems);
      if (understood.isPresent()) {
        values.put(field.name(), understood.get());
      } else {
        faulty.add(field.name());
      }
    }
    Values result = new Values(values, written, faulty);
    constraints.forEach(constraint -> constraint.check(result, path, problems));
    return Optional.of(result);
  }

  private void complainOfUnknown(Map<?, ?> map, String path, Problems problems) {
    List<String> known = fields.stream().map(Field::name).toList();
    for (Object key : map.keySet()) {
      String name = String.valueOf(key);
      if (!known.contains(name)) {
        problems.add(
            Problem.of(
                path.isEmpty() ? name : path + "." + name,
                "is no field" + NearestName.hint(name, known)));
      }
    }
  }

  @Override
  public String allowed() {
    return String.join(", ", fields.stream().map(Field::name).toList());
  }
}
