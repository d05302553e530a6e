package io.gpuscaling.core.config;

import java.util.List;

/** Writes {@code --help} for a terminal of 80 columns. Pure. */
final class UsageText {

  private static final int COLUMNS = 80;
  private static final String FLAG_INDENT = "  ";
  private static final String TEXT_INDENT = "      ";

  private final ProgramAbout about;
  private final ConfigSchema schema;
  private final List<Subcommand> subcommands;
  private final StringBuilder out = new StringBuilder();

  UsageText(ProgramAbout about, ConfigSchema schema, List<Subcommand> subcommands) {
    this.about = about;
    this.schema = schema;
    this.subcommands = subcommands;
  }

  String render() {
    out.append("Usage: ").append(about.name()).append(" [FLAGS] [COMMAND]\n\n");
    wrap("", about.summary());
    out.append('\n');
    wrap(
        "",
        "Every flag is also an environment variable (in brackets) and a key of the YAML file."
            + " A flag goes before the environment, the environment before the file, the file"
            + " before the default.");
    out.append("\nFlags:\n");
    flag("-h, --help", "Prints this.");
    flag("-V, --version", "Prints the version.");
    flag("--config FILE", "The YAML file. Default: none. [" + ConfigSchema.FILE_VARIABLE + "]");
    out.append("\nCommands:\n");
    subcommands.forEach(this::subcommand);
    schema.groups().forEach(this::group);
    return out.toString();
  }

  private void subcommand(Subcommand subcommand) {
    String argument = subcommand.argument().isEmpty() ? "" : " [" + subcommand.argument() + "]";
    flag(subcommand.name() + argument, subcommand.summary());
    for (Subcommand.Option option : subcommand.options()) {
      wrap(
          TEXT_INDENT,
          option.flag()
              + " "
              + String.join("|", option.allowed())
              + ": "
              + option.description()
              + " Default: "
              + option.defaultValue()
              + ".");
    }
  }

  private void group(KeyGroup group) {
    out.append('\n').append(group.title()).append(":\n");
    for (ConfigKey<?> key : group.keys()) {
      switch (key) {
        case ScalarKey<?> scalar -> scalar(scalar);
        case StructuredKey<?> structured ->
            flag(structured.name() + " (in the file only)", structured.description());
      }
    }
  }

  private void scalar(ScalarKey<?> key) {
    String value = key.isSwitch() ? "[=BOOL]" : " " + key.placeholder();
    String repeatable = key.isRepeatable() ? " Repeatable." : "";
    String defaultText =
        key.absentValue().isPresent() ? " Default: " + key.defaultText() + "." : " Must be set.";
    flag(
        key.flag() + value,
        key.description() + repeatable + defaultText + " [" + key.variable() + "]");
  }

  private void flag(String name, String text) {
    out.append(FLAG_INDENT).append(name).append('\n');
    wrap(TEXT_INDENT, text);
  }

  /** Words that are longer than a line get one of their own. */
  private void wrap(String indent, String text) {
    var line = new StringBuilder();
    for (String word : List.of(text.split(" +"))) {
      if (!line.isEmpty() && indent.length() + line.length() + 1 + word.length() > COLUMNS) {
        out.append(indent).append(line).append('\n');
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    out.append(indent).append(line).append('\n');
  }
}
