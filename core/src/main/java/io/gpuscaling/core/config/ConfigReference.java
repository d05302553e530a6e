package io.gpuscaling.core.config;

import java.util.stream.Collectors;

/** Writes the tables of docs/configuration.md from the declaration of the keys. Pure. */
public final class ConfigReference {

  private static final String HEADER =
      """
      | Key | Flag, variable | Default | Allowed | Meaning |
      | --- | --- | --- | --- | --- |
      """;

  private ConfigReference() {}

  /** One Markdown section with a table for each group; ends with a newline. */
  public static String render(ConfigSchema schema) {
    return schema.groups().stream()
        .map(group -> "### " + group.title() + "\n\n" + HEADER + rows(group))
        .collect(Collectors.joining("\n"));
  }

  private static String rows(KeyGroup group) {
    return group.keys().stream().map(ConfigReference::row).collect(Collectors.joining());
  }

  private static String row(ConfigKey<?> key) {
    return switch (key) {
      case ScalarKey<?> scalar ->
          cells(
              code(scalar.name()),
              code(scalar.flag()) + " " + code(scalar.variable()),
              scalar.absentValue().isPresent() && !scalar.defaultText().equals("none")
                  ? code(scalar.defaultText())
                  : scalar.defaultText(),
              scalar.allowed() + (scalar.isRepeatable() ? "; any number of them" : ""),
              scalar.description() + (scalar.isSecret() ? " Never shown." : ""));
      case StructuredKey<?> structured ->
          cells(
              code(structured.name()), "file only", "none", "see below", structured.description());
    };
  }

  private static String cells(String... cells) {
    var row = new StringBuilder("|");
    for (String cell : cells) {
      row.append(' ').append(cell.replace("|", "\\|")).append(" |");
    }
    return row.append('\n').toString();
  }

  private static String code(String text) {
    return "`" + text + "`";
  }
}
