package io.gpuscaling.benchmarks;

import io.gpuscaling.benchmarks.api.ApiCommand;
import io.gpuscaling.benchmarks.fleet.FleetCommand;
import io.gpuscaling.benchmarks.footprint.FootprintCommand;
import io.gpuscaling.benchmarks.footprint.ScrapesCommand;
import io.gpuscaling.benchmarks.jmh.JmhCommand;
import io.gpuscaling.benchmarks.leases.LeasesCommand;
import io.gpuscaling.benchmarks.load.LoadCommand;
import io.gpuscaling.benchmarks.policies.ExplainCommand;
import io.gpuscaling.benchmarks.policies.PoliciesCommand;
import io.gpuscaling.benchmarks.queues.QueuesCommand;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code benchmarks/run}: one measurement by its name, or all of them. */
@Command(
    name = "benchmarks/run",
    description = "Measures gpuscaling as built by `make build`. Without a command: everything.",
    mixinStandardHelpOptions = true,
    subcommands = {
      JmhCommand.class,
      LoadCommand.class,
      FleetCommand.class,
      FootprintCommand.class,
      ScrapesCommand.class,
      LeasesCommand.class,
      ApiCommand.class,
      QueuesCommand.class,
      PoliciesCommand.class,
      ExplainCommand.class
    })
public final class Main implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  private Main() {}

  /** Exits with 0 when everything was measured and every value that was checked is right. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    int worst = 0;
    for (String command : List.of("jmh", "policies", "footprint", "load", "fleet")) {
      out.println();
      out.println("== " + command);
      out.flush();
      worst = Math.max(worst, new CommandLine(new Main()).execute(command));
    }
    return worst;
  }
}
