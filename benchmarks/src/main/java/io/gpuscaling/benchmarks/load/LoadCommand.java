package io.gpuscaling.benchmarks.load;

import io.gpuscaling.benchmarks.fleet.Fleet;
import io.gpuscaling.benchmarks.fleet.FleetShape;
import io.gpuscaling.benchmarks.process.MetricsReader;
import io.gpuscaling.benchmarks.process.ProcessUsage;
import io.gpuscaling.benchmarks.process.StandaloneAdapter;
import io.gpuscaling.core.time.Ticker;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures requests of the external metrics API against a standalone adapter with a fleet
 * connected: requests a second, latency, and the adapter's CPU for each request.
 */
@Command(
    name = "load",
    description =
        "Requests over one HTTP/2 connection with a client certificate, and what they cost.",
    mixinStandardHelpOptions = true)
public final class LoadCommand implements Callable<Integer> {

  private static final List<Integer> STREAMS = List.of(1, 32);
  private static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(30);
  private static final String TASKS = "active_gpu_processing_tasks_per_worker_node";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--exporters",
      defaultValue = "3",
      description = "Nodes; default ${DEFAULT-VALUE}.")
  private int exporters;

  @Option(
      names = "--gpus",
      defaultValue = "4",
      description = "GPUs of each node, each with one worker pod; default ${DEFAULT-VALUE}.")
  private int gpus;

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "Length of each run; default ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--runs",
      defaultValue = "3",
      description =
          "Runs for each number of streams, whose medians are printed; default ${DEFAULT-VALUE}.")
  private int runs;

  @Option(names = "--metric", defaultValue = TASKS, description = "What is asked for.")
  private String metric = TASKS;

  @Option(
      names = "--java-opts",
      defaultValue = "",
      description = "JVM flags of the adapter, after the launcher's.")
  private String javaOptions = "";

  /** One run and what the adapter spent on it. */
  private record Measured(LoadRun.Result result, Duration cpu) {

    double cpuMicrosOfRequest() {
      return cpu.toNanos() / 1e3 / Math.max(1, result.latencies().count());
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var shape = new FleetShape(exporters, gpus);
    PrintWriter out = spec.commandLine().getOut();
    long failures = 0;
    try (var adapter = StandaloneAdapter.start("load", shape.nodes(), javaOptions);
        var fleet = Fleet.create(shape, adapter);
        var connection =
            Http2Connection.open(adapter.securePort(), adapter.authority(), adapter.reader())) {
      fleet.start();
      fleet.settle(SETTLE_TIMEOUT);
      fleet.move();
      out.printf(
          Locale.ROOT,
          "%d nodes, %d worker pods; GET %s%n",
          shape.exporters(),
          shape.totalGpus(),
          MetricsReader.pathOf(metric));
      // The adapter compiles what it runs often: as long again as a run, unmeasured, on all
      // streams.
      measure(adapter, connection, STREAMS.getLast());
      out.printf(
          "%8s %12s %10s %10s %10s %16s %8s%n",
          "streams", "requests/s", "mean ms", "p50 ms", "p99 ms", "CPU µs/request", "failed");
      for (int streams : STREAMS) {
        List<Measured> all = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
          all.add(measure(adapter, connection, streams));
        }
        print(out, streams, all);
        failures += all.stream().mapToLong(it -> it.result().failures()).sum();
      }
      out.printf(Locale.ROOT, "adapter: %.0f MiB resident%n", adapter.usage().residentMebibytes());
      out.flush();
    }
    return failures == 0 ? 0 : 1;
  }

  private Measured measure(StandaloneAdapter adapter, Http2Connection connection, int streams)
      throws InterruptedException {
    ProcessUsage before = adapter.usage();
    var run = new LoadRun(connection, MetricsReader.pathOf(metric), streams, Ticker.system());
    LoadRun.Result result = run.run(Duration.ofSeconds(seconds));
    return new Measured(result, adapter.usage().cpuSince(before));
  }

  /** The run whose rate is the median. */
  private static void print(PrintWriter out, int streams, List<Measured> all) {
    List<Measured> sorted = new ArrayList<>(all);
    sorted.sort(Comparator.comparingDouble(it -> it.result().requestsPerSecond()));
    Measured median = sorted.get(sorted.size() / 2);
    Latencies latencies = median.result().latencies();
    out.printf(
        Locale.ROOT,
        "%8d %12.0f %10.3f %10.3f %10.3f %16.1f %8d%n",
        streams,
        median.result().requestsPerSecond(),
        latencies.mean().toNanos() / 1e6,
        latencies.quantile(0.5).toNanos() / 1e6,
        latencies.quantile(0.99).toNanos() / 1e6,
        median.cpuMicrosOfRequest(),
        all.stream().mapToLong(it -> it.result().failures()).sum());
    out.flush();
  }
}
