package io.gpuscaling.kubernetes.resource;

import io.gpuscaling.kubernetes.resource.Field.Presence;
import java.util.List;
import java.util.Map;

/** The fields of a kind as tables in Markdown. */
public final class FieldReference {

  private FieldReference() {}

  /** A heading, one row for each field, and what must hold between fields. */
  public static String render(CustomResource kind) {
    var text = new StringBuilder();
    text.append("### ").append(kind.names().kind()).append("\n\n");
    text.append("| field | allowed | default | meaning |\n| --- | --- | --- | --- |\n");
    for (CustomResource.Row row : kind.rows()) {
      text.append("| `")
          .append(row.path())
          .append("` | ")
          .append(allowed(row.field().shape()))
          .append(" | ")
          .append(presence(row.field().presence()))
          .append(" | ")
          .append(cell(row.field().description()))
          .append(" |\n");
    }
    var constraints = new StringBuilder();
    addConstraints(kind.spec(), "spec", constraints);
    if (!constraints.isEmpty()) {
      text.append("\nBetween the fields of a ").append(kind.names().kind()).append(":\n\n");
      text.append(constraints);
    }
    return text.toString();
  }

  private static String allowed(Shape shape) {
    return switch (shape) {
      case Structure _ -> "the fields below";
      case Items(Structure _, int min, int max, _) ->
          "a list, " + min + " to " + max + ", of the fields below";
      case Items(Shape item, int min, int max, _) ->
          "a list, " + min + " to " + max + ", of " + cell(item.allowed());
      case Text _, Whole _, Truth _, Amount _, Span _, Moment _, Entries _ -> cell(shape.allowed());
    };
  }

  private static String presence(Presence presence) {
    return switch (presence) {
      case Presence.Required() -> "required";
      case Presence.Optional() -> "–";
      case Presence.Default(Map<?, ?> _) -> "as below";
      case Presence.Default(List<?> list) -> "`" + list + "`";
      case Presence.Default(Object value) -> "`" + value + "`";
    };
  }

  private static void addConstraints(Structure structure, String path, StringBuilder text) {
    for (Constraint constraint : structure.constraints()) {
      text.append("- `")
          .append(constraint.field().isEmpty() ? path : path + "." + constraint.field())
          .append("` ")
          .append(constraint.message())
          .append(constraint.cel().isPresent() ? "\n" : " (not known to the API server)\n");
    }
    for (Field field : structure.fields()) {
      String at = path + "." + field.name();
      switch (field.shape()) {
        case Structure inner -> addConstraints(inner, at, text);
        case Items(Structure inner, _, _, _) -> addConstraints(inner, at + "[]", text);
        case Items _, Text _, Whole _, Truth _, Amount _, Span _, Moment _, Entries _ -> {
          // Nothing below it.
        }
      }
    }
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
