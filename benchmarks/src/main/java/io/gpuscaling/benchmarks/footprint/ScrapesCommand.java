package io.gpuscaling.benchmarks.footprint;

import io.gpuscaling.benchmarks.process.LeaseHolders;
import io.gpuscaling.benchmarks.process.NodeExporter;
import io.gpuscaling.benchmarks.process.RecordedPage;
import io.gpuscaling.benchmarks.process.StandaloneAdapter;
import io.gpuscaling.core.time.Ticker;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Whether the exporter's memory stays flat: its {@code /metrics} is scraped as fast as it answers,
 * while it scrapes DCGM as often as it may and 64 pods hold leases.
 */
@Command(
    name = "scrapes",
    description = "Memory of the exporter over 100,000 scrapes.",
    mixinStandardHelpOptions = true)
public final class ScrapesCommand implements Callable<Integer> {

  private static final String NODE = "gpu-0";
  private static final int LEASES = 64;
  private static final double MEBIBYTE = 1 << 20;
  private static final double NANOS_PER_SECOND = 1e9;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--marks",
      split = ",",
      defaultValue = "1000,10000,50000,100000",
      description = "Scrapes after which memory is measured; default ${DEFAULT-VALUE}.")
  private List<Integer> marks = List.of();

  @Option(
      names = "--exporter-java-opts",
      defaultValue = "",
      description = "JVM flags of the exporter, after the launcher's.")
  private String exporterOptions = "";

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Ticker ticker = Ticker.system();
    try (var adapter = StandaloneAdapter.start("scrapes", List.of(NODE), "");
        var page = RecordedPage.serve();
        var exporter = NodeExporter.start(NODE, adapter, page.url(), "100ms", exporterOptions);
        var holders = LeaseHolders.open(adapter.authority(), exporter.leasePort(), LEASES)) {
      holders.startAll();
      out.printf(
          "%-10s %14s %14s %18s %12s%n",
          "scrapes", "of DCGM", "resident MiB", "heap after GC MiB", "scrapes/s");
      int done = 0;
      for (int mark : marks) {
        long startedAtNanos = ticker.nanos();
        exporter.scrape(mark - done);
        double seconds = (ticker.nanos() - startedAtNanos) / NANOS_PER_SECOND;
        double resident = exporter.usage().residentMebibytes();
        exporter.collectGarbage();
        out.printf(
            Locale.ROOT,
            "%-10d %14.0f %14.1f %18.2f %12.0f%n",
            mark,
            exporter.sum("gpuscaling_dcgm_scrapes_total"),
            resident,
            exporter.sum("jvm_memory_bytes_used{area=\"heap\"") / MEBIBYTE,
            (mark - done) / seconds);
        out.flush();
        done = mark;
      }
    }
    return 0;
  }
}
