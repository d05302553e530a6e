package io.gpuscaling.benchmarks.jmh;

import io.gpuscaling.benchmarks.process.Checkout;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the JMH benchmarks and prints one table. */
@Command(
    name = "jmh",
    description = "What single calls cost, by JMH; about 2 minutes.",
    mixinStandardHelpOptions = true)
public final class JmhCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--include",
      defaultValue = ".*",
      description = "Regular expression of the benchmarks to run; default all.")
  private String include = ".*";

  @Override
  public Integer call() throws RunnerException, IOException {
    PrintWriter out = spec.commandLine().getOut();
    var options =
        new OptionsBuilder()
            .include("io\\.gpuscaling\\..*" + include)
            .jvmArgsAppend("-Xms256m", "-Xmx256m")
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .build();
    Collection<RunResult> results = new Runner(options).run();
    double pageMegabytes = Files.size(Checkout.recordedPage()) / 1e6;
    out.printf("%-42s %12s %12s%n", "benchmark", "µs a call", "± (99.9 %)");
    for (RunResult result : results) {
      String name = result.getParams().getBenchmark().replace("io.gpuscaling.benchmarks.jmh.", "");
      double micros = result.getPrimaryResult().getScore();
      out.printf(
          Locale.ROOT,
          "%-42s %12.3f %12.3f",
          name,
          micros,
          result.getPrimaryResult().getScoreError());
      if (name.startsWith(ExpositionReadBenchmark.class.getSimpleName())) {
        out.printf(Locale.ROOT, "  %.0f MB/s", pageMegabytes / (micros / 1e6));
      }
      out.println();
    }
    out.flush();
    return 0;
  }
}
