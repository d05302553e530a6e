package io.gpuscaling.core.exposition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.UnknownReason;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ExpositionWriterTest {

  private static final String SEED = "gpuscaling.test.seed";

  private static Sample sample(String name, double value, String... labels) {
    return new Sample(
        new SeriesKey(name, Labels.of(labels)), new SampleValue.Known(value, Exactness.EXACT), 0);
  }

  private static String text(byte[] page) {
    return new String(page, StandardCharsets.UTF_8);
  }

  @Test
  void render_servedMetrics_isSortedWithOneHeaderEach() {
    var writer = ExpositionWriter.forServedMetrics();

    String page =
        text(
            writer.render(
                List.of(
                    sample("rabbitmq_queue_consumers", 2, "queue", "b"),
                    sample("gpu_count", 1, "uuid", "2"),
                    sample("rabbitmq_queue_consumers", 0.25, "queue", "a\"\\\n"),
                    sample("gpu_count", 1, "uuid", "1"),
                    sample("gpu_count", 5, "uuid", "1"),
                    sample("other", 1e18))));

    assertThat(page)
        .isEqualTo(
            """
            # HELP gpu_count 1 for each physical GPU that the node reports.
            # TYPE gpu_count gauge
            gpu_count{uuid="1"} 1
            gpu_count{uuid="2"} 1
            other 1.0E18
            # HELP rabbitmq_queue_consumers Consumers of the queue.
            # TYPE rabbitmq_queue_consumers gauge
            rabbitmq_queue_consumers{queue="a\\"\\\\\\n"} 0.25
            rabbitmq_queue_consumers{queue="b"} 2
            """);
  }

  @Test
  void render_unknown_isAbsent() {
    var unknown =
        new Sample(
            new SeriesKey("gpu_count", Labels.EMPTY),
            SampleValue.unknown(UnknownReason.NOT_REPORTED),
            0);

    assertThat(ExpositionWriter.forServedMetrics().render(List.of(unknown))).isEmpty();
  }

  @Test
  void render_badName_isABug() {
    var writer = ExpositionWriter.forServedMetrics();

    assertThatThrownBy(() -> writer.render(List.of(sample("a b", 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a b");
  }

  @Test
  void render_helpWithLineFeed_isEscaped() {
    var writer =
        new ExpositionWriter(List.of(new FamilyHeader("m", FamilyType.COUNTER, "a\nb \\ \"c\"")));

    assertThat(text(writer.render(List.of(sample("m", 1)))))
        .isEqualTo("# HELP m a\\nb \\\\ \"c\"\n# TYPE m counter\nm 1\n");
  }

  @Test
  void render_withSelfMetrics_appendsThemAndNeverANameTwice() {
    var registry = new CollectorRegistry();
    Counter.build("gpuscaling_dcgm_scrapes_total", "Scrapes.").register(registry).inc(3);
    Counter.build("clash_total", "Clashes.").register(registry).inc();

    String page =
        text(
            ExpositionWriter.forServedMetrics()
                .render(List.of(sample("clash_total", 7), sample("gpu_count", 1)), registry));

    assertThat(page)
        .contains("clash_total 7\n", "gpu_count 1\n", "gpuscaling_dcgm_scrapes_total 3.0\n")
        .doesNotContain("clash_total 1.0");
    var read =
        (ExpositionResult.Page)
            new ExpositionReader(ExpositionLimits.DEFAULT)
                .read(page.getBytes(StandardCharsets.UTF_8));
    assertThat(read.counts().skippedLines()).isZero();
    assertThat(read.counts().duplicates()).isZero();
  }

  @Test
  void renderThenRead_isIdentity() {
    long seed = Long.getLong(SEED, new SplittableRandom().nextLong());
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      Map<SeriesKey, Double> expected = randomSeries(random);
      var samples = new ArrayList<Sample>();
      expected.forEach((key, value) ->
          samples.add(new Sample(key, new SampleValue.Known(value, Exactness.EXACT), 0)));

      byte[] page = ExpositionWriter.forServedMetrics().render(samples);
      var result = new ExpositionReader(ExpositionLimits.DEFAULT).read(page);

      assertThat(result)
          .as("replay with -D%s=%d, round %d", SEED, seed, round)
          .isInstanceOf(ExpositionResult.Page.class);
      var read = (ExpositionResult.Page) result;
      var actual = new HashMap<SeriesKey, Double>();
      read.samples().forEach(s -> actual.put(s.series(), s.value()));
      assertThat(actual).as("replay with -D%s=%d, round %d", SEED, seed, round).isEqualTo(expected);
      assertThat(read.counts()).isEqualTo(new ReadCounts(Map.of(), 0, 0));
    }
  }

  private static Map<SeriesKey, Double> randomSeries(SplittableRandom random) {
    var series = new HashMap<SeriesKey, Double>();
    int count = random.nextInt(40);
    for (int i = 0; i < count; i++) {
      var labels = new HashMap<String, String>();
      int labelCount = random.nextInt(5);
      for (int j = 0; j < labelCount; j++) {
        labels.put(pick(random, "a", "b", "_c", "GPU_I_ID", "x9"), randomText(random));
      }
      String name = pick(random, "m", "n_total", "gpu_count", "a:b", "Z_0");
      series.put(new SeriesKey(name, Labels.of(labels)), randomValue(random));
    }
    return series;
  }

  private static String randomText(SplittableRandom random) {
    var text = new StringBuilder();
    int length = random.nextInt(8);
    for (int i = 0; i < length; i++) {
      text.append(
          pick(random, "\"", "\\", "\n", "\r", "}", "{", ",", "=", " ", "#", "n", "ü", "€", "😀"));
    }
    return text.toString();
  }

  private static double randomValue(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(-5, 100);
      case 1 -> random.nextLong();
      case 2 -> random.nextDouble();
      default -> {
        double any = Double.longBitsToDouble(random.nextLong());
        yield Double.isFinite(any) ? any : -0.0;
      }
    };
  }

  private static String pick(SplittableRandom random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
