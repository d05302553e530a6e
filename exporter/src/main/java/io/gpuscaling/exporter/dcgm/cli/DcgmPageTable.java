package io.gpuscaling.exporter.dcgm.cli;

import io.gpuscaling.exporter.dcgm.DcgmDevice;
import io.gpuscaling.exporter.dcgm.DcgmDialect;
import io.gpuscaling.exporter.dcgm.DcgmPage;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A page for people: a row for each device, {@code -} where unknown. */
final class DcgmPageTable {

  private static final double GIBIBYTE = 1024.0 * 1024 * 1024;
  private static final String ROW = "%-42s %-9s %-12s %9s %9s %9s %6s %5s %7s  %s%n";

  private DcgmPageTable() {}

  static void print(DcgmPage page, PrintWriter out) {
    out.printf(
        ROW,
        "GPU",
        "INSTANCE",
        "PROFILE",
        "USED GiB",
        "FREE GiB",
        "TOTAL GiB",
        "UTIL",
        "TEMP",
        "POWER W",
        "PODS");
    for (DcgmDevice device : page.devices()) {
      out.printf(
          ROW,
          device.uuid(),
          text(device.gpuInstanceId()),
          text(device.gpuInstanceProfile()),
          number(device.vramUsedBytes(), 1 / GIBIBYTE, "%.2f"),
          number(device.vramFreeBytes(), 1 / GIBIBYTE, "%.2f"),
          number(device.vramTotalBytes(), 1 / GIBIBYTE, "%.2f"),
          number(device.utilizationRatio(), 100, "%.0f%%"),
          number(device.temperatureCelsius(), 1, "%.0f"),
          number(device.powerWatts(), 1, "%.1f"),
          device.pods().stream()
              .map(p -> p.namespace() + "/" + p.pod())
              .distinct()
              .collect(Collectors.joining(" ")));
    }
    DcgmDialect dialect = page.dialect();
    out.printf(
        "dialect %s, %d samples, %d lines skipped %s, %d blank, %d not finite, %d duplicates,"
            + " %d unused rows%n",
        text(dialect == null ? null : dialect.text()),
        page.sampleLines(),
        page.counts().skippedLines(),
        page.counts().skipped().entrySet().stream()
            .map(e -> e.getKey().label() + "=" + e.getValue())
            .collect(Collectors.joining(", ", "(", ")")),
        page.blankValues(),
        page.counts().nonFiniteValues(),
        page.counts().duplicates(),
        page.unusedRows());
  }

  private static String text(@Nullable String text) {
    return text == null ? "-" : text;
  }

  private static String number(@Nullable Double value, double factor, String format) {
    return value == null ? "-" : String.format(Locale.ROOT, format, value * factor);
  }
}
