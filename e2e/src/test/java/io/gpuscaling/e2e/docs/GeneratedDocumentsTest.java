package io.gpuscaling.e2e.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.MetricCatalogue;
import io.gpuscaling.adapter.config.AdapterKeys;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.Grants;
import io.gpuscaling.adapter.metrics.ServedMetrics;
import io.gpuscaling.adapter.metrics.ServedMetricsSettings;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.core.config.ConfigReference;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.exporter.config.ExporterKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compares the reference pages of {@code docs/} with the code. After a change of the code write
 * them anew: {@code build/maven -pl e2e -am test -Dtest=GeneratedDocumentsTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.write=true}.
 */
class GeneratedDocumentsTest {

  private static final String BEGIN = "<!-- generated: begin -->\n";
  private static final String END = "<!-- generated: end -->\n";

  /** A page, and what stands between its marks. */
  enum Page {
    CONFIGURATION("configuration.md") {
      @Override
      String content() {
        return "## gpuscaling-exporter\n\n"
            + ConfigReference.render(ExporterKeys.schema())
            + "\n## gpuscaling-metrics-adapter\n\n"
            + ConfigReference.render(AdapterKeys.schema(false));
      }
    },
    METRICS("metrics.md") {
      @Override
      String content() {
        var table =
            new StringBuilder(
                "| metric | what it means | custom metrics object | labels | adds up |\n");
        table.append("| --- | --- | --- | --- | --- |\n");
        MetricCatalogue catalogue = catalogue();
        for (ServedMetric metric : ServedMetric.values()) {
          String objects =
              catalogue.custom().stream()
                  .filter(custom -> custom.metric().equals(metric.metricName()))
                  .map(custom -> custom.resource().toString())
                  .collect(Collectors.joining(", "));
          table
              .append("| `")
              .append(metric.metricName())
              .append("` | ")
              .append(metric.help())
              .append(" | ")
              .append(objects.isEmpty() ? "–" : objects)
              .append(" | ")
              .append(String.join(", ", metric.labels()))
              .append(" | ")
              .append(metric.isAdditive() ? "yes" : "no")
              .append(" |\n");
        }
        return table.toString();
      }
    };

    private final String fileName;

    Page(String fileName) {
      this.fileName = fileName;
    }

    abstract String content();

    private static MetricCatalogue catalogue() {
      return new ServedMetrics(
              new SampleStore(() -> 0, Duration.ofMinutes(10)),
              () -> ClusterSnapshot.UNREAD,
              new ServedMetricsSettings(
                  StalenessLimits.DEFAULTS, Grants.NONE, Duration.ofMinutes(5)),
              () -> 0,
              InstantSource.system())
          .catalogue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void page_betweenItsMarks_isWhatTheCodeSays(Page page) throws IOException {
    Path file = Repository.path("docs", page.fileName);
    String text = Files.readString(file);
    String expected =
        text.substring(0, text.indexOf(BEGIN) + BEGIN.length())
            + "\n"
            + page.content()
            + "\n"
            + text.substring(text.indexOf(END));
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(file, expected);
    }

    assertThat(Files.readString(file)).isEqualTo(expected);
  }
}
