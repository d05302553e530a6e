package io.gpuscaling.cli;

import io.gpuscaling.core.config.ProgramAbout;
import io.gpuscaling.core.config.ProgramStreams;
import java.time.InstantSource;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command line, as picocli sees it. Exits nothing: answers the exit code. */
public final class Gpuscaling {

  /** All went well. */
  public static final int EXIT_OK = 0;

  /** Something of ours is broken. */
  public static final int EXIT_BROKEN = 1;

  /** What was checked has faults; they are on the output. */
  public static final int EXIT_FAULTS = 1;

  /** The command line or a file cannot be used; the problems are on the error stream. */
  public static final int EXIT_USAGE = 2;

  /** No fault was found, but something could not be looked at. */
  public static final int EXIT_UNKNOWN = 3;

  private final CommandLine commandLine;

  /** Puts it together. */
  public Gpuscaling(ProgramAbout about, ProgramStreams streams) {
    this(about, streams, InstantSource.system());
  }

  /**
   * Puts it together.
   *
   * @param clock says how long ago something was
   */
  Gpuscaling(ProgramAbout about, ProgramStreams streams, InstantSource clock) {
    commandLine =
        new CommandLine(new Top())
            .addSubcommand(new ReplayCommand())
            .addSubcommand(new ValidateCommand())
            .addSubcommand(new GenerateCommand())
            .addSubcommand(new CheckCommand())
            .addSubcommand(new RenderCommand(streams.in(), clock))
            .addSubcommand(new DoctorCommand())
            .addSubcommand("completion", new AutoComplete.GenerateCompletion())
            .addSubcommand(new CommandLine.HelpCommand())
            .setOut(streams.out())
            .setErr(streams.err());
    commandLine.getCommandSpec().version(about.name() + " " + about.version());
  }

  /** What there is to type: commands, options and what they mean. */
  CommandSpec spec() {
    return commandLine.getCommandSpec();
  }

  /** Does what the arguments ask for, on the calling thread. */
  public int execute(List<String> arguments) {
    return commandLine.execute(arguments.toArray(new String[0]));
  }

  /** Tells the problems of a command and gives its exit code. */
  static int refuse(CommandSpec spec, List<String> problems) {
    problems.forEach(problem -> spec.commandLine().getErr().println(problem));
    spec.commandLine().getErr().flush();
    return EXIT_USAGE;
  }

  @Command(
      name = "gpuscaling",
      mixinStandardHelpOptions = true,
      description =
          "Replays, checks and generates scaling policies, without a cluster; examines one.",
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:all went well",
        "1:a fault of the program; of check: the policy's figures do not carry the load; of doctor:"
            + " a fault of the installation",
        "2:the command line or a file cannot be used; each problem is one line on the error stream",
        "3:of doctor: no fault was found, but something could not be looked at"
      })
  private static final class Top implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
      throw new CommandLine.ParameterException(spec.commandLine(), "Missing a command");
    }
  }
}
