package io.gpuscaling.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Man pages in troff's macros. Picocli's own generator writes AsciiDoc, which takes a whole Ruby to
 * become a man page; what it reads, the model of the commands, is read here too.
 */
final class ManPage {

  private final StringBuilder text = new StringBuilder();

  private ManPage(String name, String purpose) {
    line(".\\\" Made from the commands by ManPageTest; do not edit.");
    line(".TH " + name.toUpperCase(Locale.ROOT) + " 1 \"\" gpuscaling");
    heading("NAME");
    paragraph(name + " \\- " + purpose);
  }

  /** Of a command and its subcommands. */
  static String of(CommandSpec top, String purpose) {
    var page = new ManPage(top.name(), purpose);
    page.heading("SYNOPSIS");
    page.paragraph(".B " + top.name() + "\n.I COMMAND\n[OPTION ...]");
    page.heading("DESCRIPTION");
    page.paragraph(escaped(top.usageMessage().description()));
    page.arguments(top);
    for (var entry : top.subcommands().entrySet()) {
      CommandSpec command = entry.getValue().getCommandSpec();
      page.heading(top.name() + " " + entry.getKey());
      page.paragraph(escaped(command.usageMessage().description()));
      page.arguments(command);
    }
    page.heading("EXIT STATUS");
    top.usageMessage().exitCodeList().forEach((code, means) -> page.item(code, escape(means)));
    page.heading("SEE ALSO");
    page.paragraph(".BR kubectl\\-gpuscaling (1)");
    return page.text.toString();
  }

  /**
   * Of the plug-in.
   *
   * @param usage of all of it
   * @param verbs what is said of each, the synopsis first
   */
  static String of(String usage, List<String> verbs) {
    var page = new ManPage("kubectl-gpuscaling", "asks and steers scaling policies");
    page.heading("SYNOPSIS");
    page.preformatted(usage.substring(usage.indexOf("\n\n") + 2, usage.indexOf("\nEverywhere")));
    page.heading("DESCRIPTION");
    page.paragraph(escape(usage.substring(0, usage.indexOf('\n'))));
    page.preformatted(usage.substring(usage.indexOf("Everywhere")));
    for (String verb : verbs) {
      String synopsis = verb.substring(0, verb.indexOf("\n\n"));
      page.heading(
          synopsis
              .lines()
              .map(it -> it.split(" ", -1)[2])
              .distinct()
              .collect(Collectors.joining(", ")));
      page.preformatted(verb);
    }
    page.heading("SEE ALSO");
    page.paragraph(".BR gpuscaling (1),\n.BR kubectl (1)");
    return page.text.toString();
  }

  private void arguments(CommandSpec command) {
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      item(escape(parameter.paramLabel()), escaped(parameter.description()));
    }
    for (OptionSpec option : command.options()) {
      if (!option.hidden()) {
        String names =
            Arrays.stream(option.names()).map(ManPage::escape).collect(Collectors.joining(", "));
        item(names + label(option), escaped(option.description()));
      }
    }
  }

  private static String label(ArgSpec option) {
    return option.arity().max() == 0 ? "" : " " + escape(option.paramLabel());
  }

  private void heading(String words) {
    line(".SH " + escape(words));
  }

  private void paragraph(String words) {
    line(words);
  }

  private void item(String term, String words) {
    line(".TP");
    line(".B " + term);
    line(words);
  }

  private void preformatted(String words) {
    line(".nf");
    words.stripTrailing().lines().forEach(it -> line(escape(it)));
    line(".fi");
  }

  private void line(String words) {
    text.append(words).append('\n');
  }

  private static String escaped(String... words) {
    String escaped = escape(String.join(" ", words).replace("%n", " ").replace("%%", "%"));
    return escaped.isEmpty() ? "\\&" : escaped;
  }

  /** Neither a macro, nor an escape, nor a hyphen where a minus is typed. */
  private static String escape(String words) {
    String plain = words.replace("\\", "\\e").replace("-", "\\-");
    return plain.startsWith(".") || plain.startsWith("'") ? "\\&" + plain : plain;
  }
}
