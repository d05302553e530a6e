package io.gpuscaling.benchmarks.api;

import io.gpuscaling.benchmarks.fleet.Fleet;
import io.gpuscaling.benchmarks.fleet.FleetShape;
import io.gpuscaling.benchmarks.process.Checkout;
import io.gpuscaling.benchmarks.process.Pause;
import io.gpuscaling.benchmarks.process.ProcessUsage;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.ReferenceAdapter;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.io.PrintWriter;
import java.nio.file.Path;
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
 * Asks our adapter and the reference server the same questions, with the same credentials, beside
 * the same control plane, in one run.
 */
@Command(
    name = "api",
    description = "Our API server beside the reference library's, with bearer tokens.",
    mixinStandardHelpOptions = true)
public final class ApiCommand implements Callable<Integer> {

  private static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(60);

  /** 5,000 HPAs that look every 15 s. */
  private static final int PACED_REQUESTS = 333;

  private static final String PACED = "paced";
  private static final int STREAMS = 32;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "Length of each run; default ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--runs",
      defaultValue = "3",
      description = "Runs of each request, whose medians are printed; default ${DEFAULT-VALUE}.")
  private int runs;

  @Option(
      names = "--exporters",
      defaultValue = "1000",
      description = "Nodes that stream during the paced run; default ${DEFAULT-VALUE}.")
  private int exporters;

  @Option(
      names = "--request",
      defaultValue = "external,1 pods,100 pods,1000 pods,paced",
      split = ",",
      description = "What is asked for; default ${DEFAULT-VALUE}.")
  private List<String> requests = List.of();

  @Option(
      names = "--java-opts",
      defaultValue = "",
      description = "JVM flags of our adapter, after the launcher's.")
  private String javaOptions = "";

  /** A server under test. */
  private record Server(String name, String url, long pid, String externalPath) {}

  /** One run, and what the server spent on it beyond what it spends when nobody asks. */
  private record Measured(H2Load.Result result, double cpuMicrosOfRequest) {}

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Path folder = ScratchFolder.empty(Checkout.scratch("api"));
    var shape = new FleetShape(ApiWorld.POD_COUNTS.getLast() / ApiWorld.GPUS, ApiWorld.GPUS);
    long failures = 0;
    try (var plane = ControlPlane.start(folder.resolve("plane"));
        var adapter = ClusterAdapter.start(plane, folder, javaOptions);
        var reference = ReferenceAdapter.start(plane, folder)) {
      var world = new ApiWorld(plane);
      world.create(exporters);
      world.fill(reference);
      var load = new H2Load(folder, world.readerToken());
      var ours =
          new Server(
              "gpuscaling",
              adapter.url(),
              adapter.pid(),
              ApiWorld.externalPath("gpu_tasks_active", "pod", "worker-0-0"));
      var theirs =
          new Server(
              "reference",
              reference.url(),
              reference.process().pid(),
              ApiWorld.externalPath("my-external-metric", "foo", "bar"));
      head(out);
      try (var fleet = Fleet.create(shape, adapter)) {
        fleet.start();
        fleet.settle(SETTLE_TIMEOUT);
        for (int streams : List.of(1, STREAMS)) {
          for (String request : requests) {
            if (!request.equals(PACED)) {
              failures += compare(out, load, request, streams, ours, theirs);
            }
          }
        }
      }
      if (requests.contains(PACED)) {
        failures += paced(out, load, adapter, ours);
      }
    }
    return failures == 0 ? 0 : 1;
  }

  private static void head(PrintWriter out) {
    out.printf(
        "%-10s %-10s %7s %11s %9s %9s %9s %13s %6s %6s%n",
        "request",
        "server",
        "streams",
        "requests/s",
        "mean ms",
        "p50 ms",
        "p99 ms",
        "CPU µs each",
        "MiB",
        "failed");
    out.flush();
  }

  /** Both servers in turn, so that a machine whose speed drifts is unfair to neither. */
  private long compare(
      PrintWriter out, H2Load load, String request, int streams, Server ours, Server theirs)
      throws InterruptedException {
    List<Measured> ourRuns = new ArrayList<>();
    List<Measured> theirRuns = new ArrayList<>();
    for (Server server : List.of(ours, theirs)) {
      // Unmeasured: connections, caches of reviews, and compiled code.
      var _ = load.saturate(server.url() + path(server, request), streams, Duration.ofSeconds(3));
    }
    for (int run = 0; run < runs; run++) {
      ourRuns.add(saturate(load, ours, request, streams));
      theirRuns.add(saturate(load, theirs, request, streams));
    }
    Measured our = median(ourRuns);
    Measured their = median(theirRuns);
    print(out, request, ours, streams, our);
    print(out, request, theirs, streams, their);
    out.printf(
        Locale.ROOT,
        "%-10s %-10s %7d %10.1fx %8.2fx %9s %9s %12.2fx%n",
        request,
        "ours/ref.",
        streams,
        our.result().requestsPerSecond() / their.result().requestsPerSecond(),
        (double) our.result().latencies().mean().toNanos()
            / Math.max(1, their.result().latencies().mean().toNanos()),
        "",
        "",
        our.cpuMicrosOfRequest() / their.cpuMicrosOfRequest());
    out.flush();
    return our.result().failures() + their.result().failures();
  }

  private Measured saturate(H2Load load, Server server, String request, int streams)
      throws InterruptedException {
    double idle = idleCpu(server);
    ProcessUsage before = ProcessUsage.of(server.pid());
    H2Load.Result result =
        load.saturate(server.url() + path(server, request), streams, Duration.ofSeconds(seconds));
    double nanos = ProcessUsage.of(server.pid()).cpuSince(before).toNanos();
    double asked = nanos - idle * result.elapsed().toNanos();
    return new Measured(result, asked / 1e3 / Math.max(1, result.latencies().count()));
  }

  /** The share of a core that a server uses while nobody asks: it takes samples in, or collects. */
  private static double idleCpu(Server server) throws InterruptedException {
    Duration pause = Duration.ofSeconds(2);
    ProcessUsage before = ProcessUsage.of(server.pid());
    Pause.of(pause);
    return (double) ProcessUsage.of(server.pid()).cpuSince(before).toNanos() / pause.toNanos();
  }

  private static String path(Server server, String request) {
    return request.equals("external")
        ? server.externalPath()
        : ApiWorld.podsPath(Integer.parseInt(request.substring(0, request.indexOf(' '))));
  }

  /** As many requests as 5,000 HPAs make, while all nodes stream. */
  private long paced(PrintWriter out, H2Load load, ClusterAdapter adapter, Server ours)
      throws InterruptedException {
    try (var fleet = Fleet.create(new FleetShape(exporters, ApiWorld.GPUS), adapter)) {
      fleet.start();
      fleet.settle(SETTLE_TIMEOUT);
      fleet.move();
      String url = ours.url() + ours.externalPath();
      var _ = load.paced(url, PACED_REQUESTS, STREAMS, Duration.ofSeconds(seconds));
      double idle = idleCpu(ours);
      ProcessUsage before = ProcessUsage.of(ours.pid());
      H2Load.Result result =
          load.paced(url, PACED_REQUESTS, STREAMS, Duration.ofSeconds(2L * seconds));
      double nanos = ProcessUsage.of(ours.pid()).cpuSince(before).toNanos();
      double asked = nanos - idle * result.elapsed().toNanos();
      print(
          out,
          PACED,
          ours,
          STREAMS,
          new Measured(result, asked / 1e3 / Math.max(1, result.latencies().count())));
      out.printf(
          Locale.ROOT,
          "paced: %d exporters, a delta of each every second: %.0f %% of a core without requests%n",
          exporters,
          100 * idle);
      out.flush();
      return result.failures();
    }
  }

  /** The run whose rate is the median. */
  private static Measured median(List<Measured> all) {
    List<Measured> sorted = new ArrayList<>(all);
    sorted.sort(Comparator.comparingDouble(it -> it.result().requestsPerSecond()));
    return sorted.get(sorted.size() / 2);
  }

  private static void print(
      PrintWriter out, String request, Server server, int streams, Measured measured) {
    var latencies = measured.result().latencies();
    out.printf(
        Locale.ROOT,
        "%-10s %-10s %7d %11.0f %9.3f %9.3f %9.3f %13.1f %6.0f %6d%n",
        request,
        server.name(),
        streams,
        measured.result().requestsPerSecond(),
        latencies.mean().toNanos() / 1e6,
        latencies.quantile(0.5).toNanos() / 1e6,
        latencies.quantile(0.99).toNanos() / 1e6,
        measured.cpuMicrosOfRequest(),
        ProcessUsage.of(server.pid()).residentMebibytes(),
        measured.result().failures());
    out.flush();
  }
}
