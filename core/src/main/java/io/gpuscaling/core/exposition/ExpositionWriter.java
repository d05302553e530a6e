package io.gpuscaling.core.exposition;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes pages of the Prometheus text format 0.0.4: families sorted by name, each with one HELP and
 * one TYPE line where it has a header, series sorted by labels, label values escaped. A sample that
 * is unknown is not written: absent is what Prometheus understands. Of a series that comes twice
 * the first sample is written. Which samples are stale is the caller's to know. Safe for use by any
 * thread.
 */
public final class ExpositionWriter {

  /** The Content-Type of a page. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  /** Beyond this a double is written with an exponent. */
  private static final double PLAIN_INTEGERS = 1e15;

  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");

  private final Map<String, FamilyHeader> headers;

  /** A writer that knows these headers; a family without one gets neither HELP nor TYPE. */
  public ExpositionWriter(Collection<FamilyHeader> headers) {
    this.headers =
        headers.stream().collect(Collectors.toMap(FamilyHeader::name, Function.identity()));
  }

  /** A writer for {@link ServedMetric}. */
  public static ExpositionWriter forServedMetrics() {
    return new ExpositionWriter(
        Arrays.stream(ServedMetric.values()).map(FamilyHeader::of).toList());
  }

  /**
   * A page of samples.
   *
   * @throws IllegalArgumentException for a metric name that the format cannot carry
   */
  public byte[] render(Collection<Sample> samples) {
    var page = new StringBuilder();
    append(page, families(samples));
    return page.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * A page of samples, then of the metrics that the program keeps about itself. A family of the
   * registry whose name a sample has is left out: a name must come once.
   *
   * @throws IllegalArgumentException for a metric name that the format cannot carry
   */
  public byte[] render(Collection<Sample> samples, CollectorRegistry selfMetrics) {
    var families = families(samples);
    var page = new StringBuilder();
    append(page, families);
    var text = new StringWriter();
    try {
      TextFormat.write004(
          text, selfMetrics.filteredMetricFamilySamples(name -> !families.containsKey(name)));
    } catch (IOException e) {
      throw new UncheckedIOException("a StringWriter does no I/O", e);
    }
    return page.append(text.getBuffer()).toString().getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, Map<String, Double>> families(Collection<Sample> samples) {
    var families = new TreeMap<String, Map<String, Double>>();
    for (Sample sample : samples) {
      if (sample.value() instanceof SampleValue.Known known) {
        families
            .computeIfAbsent(sample.series().metric(), ExpositionWriter::checkedFamily)
            .putIfAbsent(labels(sample.series().labels()), known.value());
      }
    }
    return families;
  }

  private static Map<String, Double> checkedFamily(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("'" + name + "' is not a metric name");
    }
    return new TreeMap<>();
  }

  private void append(StringBuilder page, Map<String, Map<String, Double>> families) {
    families.forEach((name, series) -> {
      FamilyHeader header = headers.get(name);
      if (header != null) {
        page.append("# HELP ").append(name).append(' ');
        escape(page, header.help(), false);
        page.append("\n# TYPE ").append(name).append(' ').append(header.type().word());
        page.append('\n');
      }
      series.forEach((labels, value) -> {
        page.append(name).append(labels).append(' ');
        append(page, value);
        page.append('\n');
      });
    });
  }

  private static String labels(Labels labels) {
    if (labels.isEmpty()) {
      return "";
    }
    var text = new StringBuilder();
    char before = '{';
    for (Labels.Label label : labels) {
      text.append(before).append(label.name()).append("=\"");
      escape(text, label.value(), true);
      text.append('"');
      before = ',';
    }
    return text.append('}').toString();
  }

  private static void append(StringBuilder page, double value) {
    if (value == Math.rint(value) && Math.abs(value) < PLAIN_INTEGERS && !isMinusZero(value)) {
      page.append((long) value);
    } else {
      page.append(value);
    }
  }

  private static boolean isMinusZero(double value) {
    return value == 0 && 1 / value < 0;
  }

  private static void escape(StringBuilder page, String text, boolean quotes) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> page.append("\\\\");
        case '\n' -> page.append("\\n");
        case '"' -> page.append(quotes ? "\\\"" : "\"");
        default -> page.append(c);
      }
    }
  }
}
