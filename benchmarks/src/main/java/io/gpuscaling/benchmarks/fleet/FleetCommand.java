package io.gpuscaling.benchmarks.fleet;

import io.gpuscaling.benchmarks.load.Latencies;
import io.gpuscaling.benchmarks.process.MetricsReader;
import io.gpuscaling.benchmarks.process.Pause;
import io.gpuscaling.benchmarks.process.ProcessUsage;
import io.gpuscaling.benchmarks.process.StandaloneAdapter;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.time.Ticker;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Connects a fleet to a fresh adapter, measures what its reports cost, and checks that the values
 * served are those sent.
 */
@Command(
    name = "fleet",
    description = "A fleet of simulated exporters against one adapter; checks what is served.",
    mixinStandardHelpOptions = true)
public final class FleetCommand implements Callable<Integer> {

  private static final Duration COMPLETE_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
  private static final int CHECKS = 3;

  /** From SIGTERM until the next process of a pod connects, with the image on the node. */
  private static final Duration AWAY = Duration.ofSeconds(3);

  private static final Duration FIRST_SCRAPE = Duration.ofSeconds(1);

  /** Of task leases, by default. */
  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);

  private static final Duration ROLL_TIMEOUT = Duration.ofMinutes(5);

  /** At least one turn of every node. */
  private static final Duration BETWEEN_CHECKS = Duration.ofSeconds(2);

  /** One of each kind: constant, large numbers, small numbers, and through the tasks' own way. */
  private static final List<ServedMetric> CHECKED =
      List.of(
          ServedMetric.GPU_COUNT,
          ServedMetric.GPU_VRAM_USED_BYTES,
          ServedMetric.GPU_POWER_WATTS,
          ServedMetric.GPU_TASKS_ACTIVE,
          ServedMetric.GPU_WORKERS_BUSY);

  private final Ticker ticker = Ticker.system();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--exporters",
      defaultValue = "1000",
      description = "Nodes; default ${DEFAULT-VALUE}.")
  private int exporters;

  @Option(
      names = "--gpus",
      defaultValue = "8",
      description = "GPUs of each node; default ${DEFAULT-VALUE}.")
  private int gpus;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description = "How long deltas are sent and measured; default ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--java-opts",
      defaultValue = "",
      description = "JVM flags of the adapter, after the launcher's.")
  private String javaOptions = "";

  @Option(
      names = "--roll",
      description =
          "Restarts all exporters as a rolling update does, and checks every sum meanwhile.")
  private boolean isRolled;

  @Option(
      names = "--roll-at-once",
      defaultValue = "100",
      description = "Exporters that are away at a time then; default ${DEFAULT-VALUE}.")
  private int atOnce;

  @Override
  public Integer call() throws InterruptedException {
    var shape = new FleetShape(exporters, gpus);
    PrintWriter out = spec.commandLine().getOut();
    boolean isRight = true;
    try (var adapter = StandaloneAdapter.start("fleet", shape.nodes(), javaOptions);
        var fleet = Fleet.create(shape, adapter)) {
      var reader = new MetricsReader(adapter);
      out.printf(
          Locale.ROOT,
          "adapter ready after %d ms, %.0f MiB; fleet of %d exporters, %d GPUs, %d series%n",
          adapter.timeToReady().toMillis(),
          adapter.usage().residentMebibytes(),
          shape.exporters(),
          shape.totalGpus(),
          shape.exporters() * new SimulatedNode(0, gpus).seriesCount());
      out.flush();
      connect(out, adapter, fleet, reader);
      report(out, adapter, fleet);
      for (int check = 0; check < CHECKS; check++) {
        fleet.move();
        Pause.of(BETWEEN_CHECKS);
        isRight &= isServedRight(out, fleet, reader);
      }
      if (isRolled) {
        isRight &= isRolledRight(out, adapter, fleet, reader);
      }
      FleetCounters counters = fleet.counters();
      out.printf(
          "streams opened %d, snapshots asked for %d, ends %s%n",
          counters.openedStreams(), counters.snapshotRequests(), counters.ends());
      out.println(isRight ? "all sums as sent" : "SUMS DIFFER");
      out.flush();
    }
    return isRight ? 0 : 1;
  }

  /** From the first connection of a fleet that finds an empty adapter to the first whole answer. */
  private void connect(
      PrintWriter out, StandaloneAdapter adapter, Fleet fleet, MetricsReader reader) {
    ProcessUsage before = adapter.usage();
    long begin = ticker.nanos();
    fleet.start();
    var last = new AtomicReference<>(MetricsReader.External.none(new IOException("not asked yet")));
    try {
      Awaitility.await("a complete answer")
          .pollDelay(Duration.ZERO)
          .pollInterval(POLL_INTERVAL)
          .atMost(COMPLETE_TIMEOUT)
          .until(() -> {
            last.set(ask(reader, ServedMetric.GPU_COUNT));
            return last.get().code() == 200;
          });
    } catch (ConditionTimeoutException e) {
      throw new IllegalStateException(
          "never complete; last answer: " + last.get() + ", ends: " + fleet.counters().ends(), e);
    }
    out.printf(
        Locale.ROOT,
        "complete %.1f s after the first connection, for %.1f s of the adapter's CPU%n",
        seconds(ticker.nanos() - begin),
        seconds(adapter.usage().cpuSince(before).toNanos()));
    out.flush();
  }

  private void report(PrintWriter out, StandaloneAdapter adapter, Fleet fleet)
      throws InterruptedException {
    fleet.settle(SETTLE_TIMEOUT);
    fleet.move();
    FleetCounters counters = fleet.counters();
    counters.restartAcknowledgements();
    ProcessUsage before = adapter.usage();
    long changesBefore = counters.changes();
    long begin = ticker.nanos();
    Pause.of(Duration.ofSeconds(seconds));
    double elapsed = seconds(ticker.nanos() - begin);
    Latencies acknowledgements = counters.restartAcknowledgements();
    ProcessUsage after = adapter.usage();
    double cpu = seconds(after.cpuSince(before).toNanos());
    long changes = counters.changes() - changesBefore;
    out.printf(
        Locale.ROOT,
        "%.0f deltas/s: %.1f %% of a core, %.0f µs of CPU each; %.0f MiB resident%n",
        changes / elapsed,
        100 * cpu / elapsed,
        1e6 * cpu / Math.max(1, changes),
        after.residentMebibytes());
    out.printf(
        Locale.ROOT,
        "delta to acknowledgement: p50 %.1f ms, p99 %.1f ms%n",
        acknowledgements.quantile(0.5).toNanos() / 1e6,
        acknowledgements.quantile(0.99).toNanos() / 1e6);
    out.flush();
  }

  private boolean isServedRight(PrintWriter out, Fleet fleet, MetricsReader reader) {
    fleet.settle(SETTLE_TIMEOUT);
    Map<ServedMetric, Long> sent = fleet.sums();
    boolean isRight = true;
    for (ServedMetric metric : CHECKED) {
      long begin = ticker.nanos();
      MetricsReader.External answer = ask(reader, metric);
      double millis = (ticker.nanos() - begin) / 1e6;
      boolean isEqual =
          answer.sum().isPresent() && answer.sum().getAsDouble() == sent.getOrDefault(metric, -1L);
      isRight &= isEqual;
      out.printf(
          Locale.ROOT,
          "%-24s %6d items in %6.1f ms, sum %s %s%n",
          metric.metricName(),
          answer.items(),
          millis,
          answer.sum().isPresent()
              ? "%.0f".formatted(answer.sum().getAsDouble())
              : answer.message(),
          isEqual ? "as sent" : "but " + sent.get(metric) + " was sent");
    }
    out.flush();
    return isRight;
  }

  /** Restarts every exporter while the sums are read. */
  private boolean isRolledRight(
      PrintWriter out, StandaloneAdapter adapter, Fleet fleet, MetricsReader reader) {
    fleet.settle(SETTLE_TIMEOUT);
    Map<ServedMetric, Long> sent = new EnumMap<>(fleet.sums());
    sent.keySet().retainAll(CHECKED);
    ProcessUsage before = adapter.usage();
    long begin = ticker.nanos();
    SumWatch watch = SumWatch.start(reader, sent);
    try (watch) {
      fleet.roll(new RollPlan(atOnce, AWAY, FIRST_SCRAPE, TIME_TO_LIVE));
      fleet.awaitRolled(ROLL_TIMEOUT);
    }
    out.printf(
        Locale.ROOT,
        "rolled, %d at once, in %.1f s, for %.1f s of the adapter's CPU, reads included;"
            + " %d sums read, p50 %.1f ms, p99 %.1f ms, %d wrong or missing%n",
        atOnce,
        seconds(ticker.nanos() - begin),
        seconds(adapter.usage().cpuSince(before).toNanos()),
        watch.latencies().count(),
        watch.latencies().quantile(0.5).toNanos() / 1e6,
        watch.latencies().quantile(0.99).toNanos() / 1e6,
        watch.wrongCount());
    watch.wrong().forEach(out::println);
    out.flush();
    return watch.wrongCount() == 0;
  }

  private static MetricsReader.External ask(MetricsReader reader, ServedMetric metric) {
    try {
      return reader.external(metric.metricName());
    } catch (IOException e) {
      return MetricsReader.External.none(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
