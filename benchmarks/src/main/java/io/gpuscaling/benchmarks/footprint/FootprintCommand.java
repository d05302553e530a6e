package io.gpuscaling.benchmarks.footprint;

import io.gpuscaling.benchmarks.process.LeaseHolders;
import io.gpuscaling.benchmarks.process.NodeExporter;
import io.gpuscaling.benchmarks.process.Pause;
import io.gpuscaling.benchmarks.process.RecordedPage;
import io.gpuscaling.benchmarks.process.StandaloneAdapter;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures the resident memory of both programs and their time to ready: the exporter with every
 * source of a GPU node and the leases of 64 pods after 200 scrapes, the adapter idle with that
 * exporter connected.
 */
@Command(
    name = "footprint",
    description = "Memory and time to ready of both programs.",
    mixinStandardHelpOptions = true)
public final class FootprintCommand implements Callable<Integer> {

  private static final String NODE = "gpu-0";

  /** As many as a day's worth of warm-up needs; more changes nothing. */
  private static final int SCRAPES = 200;

  /** Each with a session and a task. */
  private static final int LEASES = 64;

  /** Long enough for a few scrapes of DCGM and pushes. */
  private static final Duration IDLE = Duration.ofSeconds(5);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--runs",
      defaultValue = "3",
      description = "Runs, whose medians are printed last; default ${DEFAULT-VALUE}.")
  private int runs;

  @Option(
      names = "--exporter-java-opts",
      defaultValue = "",
      description = "JVM flags of the exporter, after the launcher's.")
  private String exporterOptions = "";

  @Option(
      names = "--adapter-java-opts",
      defaultValue = "",
      description = "JVM flags of the adapter, after the launcher's.")
  private String adapterOptions = "";

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    List<List<Double>> columns =
        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    out.printf(
        "%-8s %18s %18s %18s %18s%n",
        "run", "exporter MiB", "exporter ready ms", "adapter MiB", "adapter ready ms");
    for (int run = 1; run <= runs; run++) {
      List<Double> row = measure();
      for (int column = 0; column < row.size(); column++) {
        columns.get(column).add(row.get(column));
      }
      print(out, Integer.toString(run), row);
    }
    print(out, "median", columns.stream().map(FootprintCommand::median).toList());
    return 0;
  }

  private List<Double> measure() throws IOException, InterruptedException {
    try (var adapter = StandaloneAdapter.start("footprint", List.of(NODE), adapterOptions);
        var page = RecordedPage.serve();
        var exporter = NodeExporter.start(NODE, adapter, page.url(), "1s", exporterOptions);
        var holders = LeaseHolders.open(adapter.authority(), exporter.leasePort(), LEASES)) {
      holders.startAll();
      exporter.scrape(SCRAPES);
      Pause.of(IDLE);
      return List.of(
          exporter.usage().residentMebibytes(),
          (double) exporter.timeToReady().toMillis(),
          adapter.usage().residentMebibytes(),
          (double) adapter.timeToReady().toMillis());
    }
  }

  private static void print(PrintWriter out, String name, List<Double> row) {
    out.printf(
        Locale.ROOT,
        "%-8s %18.1f %18.0f %18.1f %18.0f%n",
        name,
        row.get(0),
        row.get(1),
        row.get(2),
        row.get(3));
    out.flush();
  }

  /** The middle one; the upper of both when there are two. */
  static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }
}
