package io.gpuscaling.core.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/**
 * Takes a command line apart; picocli does the work. Every flag is read as a list of texts, so that
 * typing, repetition and range are judged in one place for flags, variables and file. The program's
 * flags may stand before and after a subcommand.
 */
final class ArgumentParser {

  static final String CONFIG_FLAG = "--config";
  static final String HELP_FLAG = "--help";
  static final String VERSION_FLAG = "--version";

  private final CommandSpec root;

  private final Set<String> switches = new HashSet<>();

  ArgumentParser(ConfigSchema schema, List<Subcommand> subcommands) {
    root = CommandSpec.create();
    root.addOption(inherited(OptionSpec.builder("-h", HELP_FLAG).arity("0").usageHelp(true)));
    root.addOption(inherited(OptionSpec.builder("-V", VERSION_FLAG).arity("0").versionHelp(true)));
    root.addOption(inherited(texts(CONFIG_FLAG)));
    for (ScalarKey<?> key : schema.scalarKeys()) {
      OptionSpec.Builder option = texts(key.flag());
      root.addOption(inherited(option));
      if (key.isSwitch()) {
        switches.add(key.flag());
      }
    }
    for (Subcommand subcommand : subcommands) {
      CommandSpec spec = CommandSpec.create();
      subcommand.options().forEach(option -> spec.addOption(texts(option.flag()).build()));
      if (!subcommand.argument().isEmpty()) {
        spec.addPositional(
            PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .build());
      }
      root.addSubcommand(subcommand.name(), spec);
    }
  }

  /**
   * A switch takes a value after "=" only: it must not swallow the misspelt flag that follows it.
   */
  private String[] given(List<String> arguments) {
    return arguments.stream()
        .map(argument -> switches.contains(argument) ? argument + "=true" : argument)
        .toArray(String[]::new);
  }

  private static OptionSpec.Builder texts(String flag) {
    return OptionSpec.builder(flag).arity("1").type(List.class).auxiliaryTypes(String.class);
  }

  private static OptionSpec inherited(OptionSpec.Builder option) {
    return option.scopeType(ScopeType.INHERIT).build();
  }

  /** Takes it apart; what makes no sense is in the problems, nothing is thrown. */
  Arguments parse(List<String> arguments) {
    var commandLine = new CommandLine(root);
    commandLine.setExpandAtFiles(false);
    commandLine.setInterpolateVariables(false);
    commandLine.setPosixClusteredShortOptionsAllowed(false);
    commandLine.setUnmatchedArgumentsAllowed(true);
    commandLine.setAllowOptionsAsOptionParameters(false);
    commandLine.setOverwrittenOptionsAllowed(true);
    forAll(root, spec -> spec.parser().collectErrors(true));
    ParseResult outer = commandLine.parseArgs(given(arguments));
    List<ParseResult> levels =
        outer.hasSubcommand() ? List.of(outer, outer.subcommand()) : List.of(outer);

    var flags = new LinkedHashMap<String, List<String>>();
    var positionals = new ArrayList<String>();
    var problems = new ArrayList<ConfigProblem>();
    for (ParseResult level : levels) {
      // An option is listed once for each time that it is given, each time with all its values.
      for (OptionSpec option : new LinkedHashSet<>(level.matchedOptions())) {
        flags
            .computeIfAbsent(option.longestName(), _ -> new ArrayList<>())
            .addAll(option.stringValues());
      }
      level
          .matchedPositionals()
          .forEach(positional -> positionals.addAll(positional.stringValues()));
      level.errors().forEach(error -> problems.add(problem(error)));
      problems.addAll(unmatched(level));
    }
    String subcommand = outer.hasSubcommand() ? outer.subcommand().commandSpec().name() : null;
    return new Arguments(
        Map.copyOf(flags), subcommand, List.copyOf(positionals), List.copyOf(problems));
  }

  private static void forAll(CommandSpec spec, Consumer<CommandSpec> action) {
    action.accept(spec);
    spec.subcommands().values().forEach(sub -> forAll(sub.getCommandSpec(), action));
  }

  private static ConfigProblem problem(Exception error) {
    if (error instanceof MissingParameterException missing) {
      for (ArgSpec spec : missing.getMissing()) {
        if (spec instanceof OptionSpec option) {
          String flag = option.longestName();
          return ConfigProblem.of(flag, new ValueOrigin.Flag(flag), "needs a value");
        }
      }
    }
    // Its message may quote a value; its type is enough to look for.
    return ConfigProblem.of(
        "command line", new ValueOrigin.NotSet(), error.getClass().getSimpleName());
  }

  /**
   * Unknown flags and arguments too many. What follows an unknown flag is taken for its value and
   * never shown: it may be a secret under a misspelled flag.
   */
  private List<ConfigProblem> unmatched(ParseResult level) {
    var known = new TreeSet<String>();
    level.commandSpec().options().forEach(option -> known.add(option.longestName()));
    var problems = new ArrayList<ConfigProblem>();
    boolean afterUnknownFlag = false;
    for (String argument : level.unmatched()) {
      if (argument.startsWith("-") && argument.length() > 1) {
        String flag = argument.split("=", 2)[0];
        problems.add(
            ConfigProblem.of(
                flag,
                new ValueOrigin.Flag(flag),
                "is not a known flag" + NearestName.hint(flag, known)));
        afterUnknownFlag = !argument.contains("=");
      } else if (afterUnknownFlag) {
        afterUnknownFlag = false;
      } else {
        problems.add(
            new ConfigProblem(
                "command line",
                new ValueOrigin.NotSet(),
                SecretUri.mask(argument),
                "is one argument too many"
                    + NearestName.hint(argument, root.subcommands().keySet())));
      }
    }
    return problems;
  }
}
