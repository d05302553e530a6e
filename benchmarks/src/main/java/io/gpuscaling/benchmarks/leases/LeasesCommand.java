package io.gpuscaling.benchmarks.leases;

import io.gpuscaling.benchmarks.load.Latencies;
import io.gpuscaling.benchmarks.process.LeaseHolders;
import io.gpuscaling.benchmarks.process.MetricsReader;
import io.gpuscaling.benchmarks.process.NodeExporter;
import io.gpuscaling.benchmarks.process.RecordedPage;
import io.gpuscaling.benchmarks.process.StandaloneAdapter;
import io.gpuscaling.core.time.Ticker;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * How long changes of leases take to an answer of the metrics API: an exporter and an adapter as
 * processes, workers over gRPC with TLS, the reader over HTTPS.
 */
@Command(
    name = "leases",
    description = "From a worker's call to an answer of the metrics API.",
    mixinStandardHelpOptions = true)
public final class LeasesCommand implements Callable<Integer> {

  private static final String NODE = "gpu-0";
  private static final int PODS = 64;
  private static final double NANOS_PER_MILLI = 1e6;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--changes",
      defaultValue = "1000",
      description = "Tasks that are started or ended; default ${DEFAULT-VALUE}.")
  private int changes;

  @Option(
      names = "--rate",
      defaultValue = "20",
      description = "Changes a second on average; default ${DEFAULT-VALUE}.")
  private int rate;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    try (var adapter = StandaloneAdapter.start("leases", List.of(NODE), "");
        var page = RecordedPage.serve();
        var exporter = NodeExporter.start(NODE, adapter, page.url(), "1s", "");
        var holders = LeaseHolders.open(adapter.authority(), exporter.leasePort(), PODS);
        var change = new ChangeToAnswer(new MetricsReader(adapter), holders, Ticker.system())) {
      change.warmUp();
      ChangeToAnswer.Measured measured = change.run(changes, rate);
      print(out, "change to answer", measured.changes());
      print(out, "of it the call", measured.calls());
      print(out, "a question", measured.answers());
      out.printf(
          Locale.ROOT,
          "longest pause of the machine between two questions: %.1f ms%n",
          millis(measured.longestPause()));
      out.flush();
    }
    return 0;
  }

  private static void print(PrintWriter out, String what, Latencies times) {
    out.printf(
        Locale.ROOT,
        "%-18s n %5d   mean %7.2f   p50 %7.2f   p99 %7.2f   longest %7.2f ms%n",
        what,
        times.count(),
        millis(times.mean()),
        millis(times.quantile(0.5)),
        millis(times.quantile(0.99)),
        millis(times.quantile(1)));
  }

  private static double millis(Duration time) {
    return time.toNanos() / NANOS_PER_MILLI;
  }
}
