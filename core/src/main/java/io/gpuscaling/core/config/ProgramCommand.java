package io.gpuscaling.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * The command line of a program: {@code --help}, {@code --version}, {@code --config FILE}, {@code
 * check-config}, the program's own subcommands, or running it. Exits nothing: answers the exit
 * code. Immutable; safe for use by any thread.
 */
public final class ProgramCommand {

  /** All went well. */
  public static final int EXIT_OK = 0;

  /** The command line or the configuration cannot be used; the problems are on the error stream. */
  public static final int EXIT_USAGE = 2;

  private static final Subcommand CHECK_CONFIG =
      new Subcommand(
          "check-config",
          "",
          "Checks the configuration, prints what is in force and where it came from, and ends.",
          List.of(),
          ProgramCommand::checkConfig);

  private final ProgramAbout about;
  private final ConfigSchema schema;
  private final List<Subcommand> subcommands;
  private final ToIntFunction<Configuration> program;

  /**
   * Puts a program together.
   *
   * @param subcommands besides {@code check-config}
   * @param program runs until the program is to end and answers the exit code
   */
  public ProgramCommand(
      ProgramAbout about,
      ConfigSchema schema,
      List<Subcommand> subcommands,
      ToIntFunction<Configuration> program) {
    var all = new ArrayList<Subcommand>();
    all.add(CHECK_CONFIG);
    all.addAll(subcommands);
    this.about = about;
    this.schema = schema;
    this.subcommands = List.copyOf(all);
    this.program = program;
  }

  /**
   * Does what a command line asks for, on the calling thread.
   *
   * @param environment all variables of the process
   * @return the exit code
   */
  public int execute(
      List<String> arguments, Map<String, String> environment, ProgramStreams streams) {
    Arguments parsed = new ArgumentParser(schema, subcommands).parse(arguments);
    if (parsed.has(ArgumentParser.HELP_FLAG)) {
      streams.out().print(new UsageText(about, schema, subcommands).render());
      streams.out().flush();
      return EXIT_OK;
    }
    if (parsed.has(ArgumentParser.VERSION_FLAG)) {
      streams.out().println(about.name() + " " + about.version());
      return EXIT_OK;
    }
    ConfigResult result = ConfigReader.read(schema, parsed, environment);
    if (!parsed.problems().isEmpty() || parsed.subcommand().isEmpty()) {
      return switch (result) {
        case ConfigResult.Valid(Configuration configuration) -> program.applyAsInt(configuration);
        case ConfigResult.Invalid(ConfigProblems problems) -> refuse(problems, streams);
      };
    }
    Subcommand subcommand =
        subcommands.stream()
            .filter(candidate -> candidate.name().equals(parsed.subcommandName()))
            .findFirst()
            .orElseThrow();
    return run(subcommand, parsed, result, streams);
  }

  private int run(
      Subcommand subcommand, Arguments arguments, ConfigResult result, ProgramStreams streams) {
    var options = new LinkedHashMap<String, String>();
    var problems = new ArrayList<ConfigProblem>();
    for (Subcommand.Option option : subcommand.options()) {
      List<String> texts = arguments.texts(option.flag());
      String value = texts.isEmpty() ? option.defaultValue() : texts.getLast();
      options.put(option.flag(), value);
      if (!option.allowed().contains(value)) {
        problems.add(
            new ConfigProblem(
                option.flag(),
                new ValueOrigin.Flag(option.flag()),
                value,
                "is unknown; allowed: " + String.join(", ", option.allowed())));
      }
    }
    if (!problems.isEmpty()) {
      return refuse(new ConfigProblems(problems), streams);
    }
    return subcommand
        .body()
        .applyAsInt(
            new Subcommand.Call(
                options,
                arguments.positionals(),
                result,
                streams.in(),
                streams.out(),
                streams.err()));
  }

  private static int checkConfig(Subcommand.Call call) {
    return switch (call.configuration()) {
      case ConfigResult.Valid(Configuration configuration) -> {
        call.out().println("configuration is valid");
        call.out().println(configuration);
        yield EXIT_OK;
      }
      case ConfigResult.Invalid(ConfigProblems problems) -> {
        call.err().println(problems);
        yield EXIT_USAGE;
      }
    };
  }

  private int refuse(ConfigProblems problems, ProgramStreams streams) {
    streams.err().println(about.name() + ": " + problems);
    streams.err().println("See " + about.name() + " --help.");
    return EXIT_USAGE;
  }
}
