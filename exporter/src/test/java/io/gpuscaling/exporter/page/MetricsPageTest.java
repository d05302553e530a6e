package io.gpuscaling.exporter.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.exposition.ExpositionWriter;
import io.gpuscaling.core.http.EndpointObserver;
import io.gpuscaling.core.http.HttpEndpoint;
import io.gpuscaling.core.http.HttpLimits;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.latest.LatestSamples;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Gauge;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
final class MetricsPageTest {

  private static final long SECOND = 1_000_000_000L;
  private static final long NOW = 1_000 * SECOND;

  private final LatestSamples latest = new LatestSamples();
  private final CollectorRegistry registry = new CollectorRegistry();

  private MetricsPage page(String nodeName) {
    return new MetricsPage(latest, nodeName, StalenessLimits.DEFAULTS, registry, () -> NOW);
  }

  private List<String> lines(String nodeName) {
    return new String(page(nodeName).render(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  private void publish(String source, SourceState state, Sample... samples) {
    latest.publish(new SourceSnapshot(source, state, List.of(samples)));
  }

  private static Sample sample(String metric, SampleValue value, String... labels) {
    return new Sample(new SeriesKey(metric, Labels.of(labels)), value, NOW);
  }

  private static SourceState okAt(double secondsAgo) {
    return new SourceState.Ok(NOW - (long) (secondsAgo * SECOND));
  }

  @Test
  void render_nothingPublished_hasNoSeries() {
    assertThat(lines("n1")).isEmpty();
  }

  @Test
  void render_freshGpuSamples_bearTheNode() {
    publish("dcgm", okAt(1), sample("gpu_count", SampleValue.exact(1), "gpu", "0"));

    assertThat(lines("n1"))
        .contains("gpu_count{gpu=\"0\",node=\"n1\"} 1")
        .contains("gpuscaling_source_up{source=\"dcgm\",} 1.0")
        .contains("gpuscaling_source_age_seconds{source=\"dcgm\",} 1.0");
  }

  @Test
  void render_nodeNotKnown_hasNoLabelForIt() {
    publish("dcgm", okAt(1), sample("gpu_count", SampleValue.exact(1), "gpu", "0"));
    publish("lease", okAt(1), sample("gpu_tasks_active", SampleValue.exact(3), "pod", "a"));

    assertThat(lines(""))
        .contains("gpu_count{gpu=\"0\"} 1")
        .contains("active_gpu_processing_tasks_per_worker_node 3")
        .noneMatch(line -> line.contains("node=\""));
  }

  @Test
  void render_queues_areOnNoNode() {
    publish(
        "rabbitmq/default",
        okAt(1),
        sample("rabbitmq_queue_messages_ready", SampleValue.exact(7), "queue", "jobs"));

    assertThat(lines("n1")).contains("rabbitmq_queue_messages_ready{queue=\"jobs\"} 7");
  }

  @ParameterizedTest
  @CsvSource({
    "dcgm, 90, true",
    "dcgm, 90.1, false",
    "lease, 45, true",
    "lease, 45.1, false",
    "rabbitmq/default, 10, true",
    "rabbitmq/default, 10.1, false"
  })
  void render_staleSource_isLeftOut(String source, double secondsAgo, boolean isShown) {
    publish(source, okAt(secondsAgo), sample("gpu_count", SampleValue.exact(1), "gpu", "0"));

    assertThat(lines("n1").stream().anyMatch(line -> line.startsWith("gpu_count")))
        .isEqualTo(isShown);
  }

  @Test
  void render_failingSource_isShownUntilItIsStale() {
    publish(
        "dcgm",
        new SourceState.Failing(NOW - 89 * SECOND, UnknownReason.UNREACHABLE),
        sample("gpu_count", SampleValue.exact(1), "gpu", "0"));
    publish(
        "rabbitmq/default",
        new SourceState.Failing(NOW - 11 * SECOND, UnknownReason.UNREACHABLE),
        sample("rabbitmq_queue_consumers", SampleValue.exact(1), "queue", "a"));

    assertThat(lines("n1"))
        .contains("gpu_count{gpu=\"0\",node=\"n1\"} 1")
        .contains("gpuscaling_source_up{source=\"dcgm\",} 0.0")
        .contains("gpuscaling_source_age_seconds{source=\"dcgm\",} 89.0")
        .noneMatch(line -> line.startsWith("rabbitmq_queue_consumers"));
  }

  @Test
  void render_sourceNeverComplete_isDownWithoutAgeAndWithoutSamples() {
    publish(
        "lease",
        new SourceState.Starting(),
        sample("gpu_tasks_active", SampleValue.exact(1), "pod", "a"));
    publish("dcgm", new SourceState.NeverObserved(UnknownReason.REFUSED));

    assertThat(lines("n1"))
        .containsExactlyInAnyOrder(
            "gpuscaling_source_up{source=\"dcgm\",} 0.0",
            "gpuscaling_source_up{source=\"lease\",} 0.0");
  }

  @Test
  void render_unknownSample_isLeftOutAndNotZero() {
    publish(
        "dcgm",
        okAt(0),
        sample("gpu_count", SampleValue.exact(1), "gpu", "0"),
        sample("gpu_power_watts", SampleValue.unknown(UnknownReason.NOT_REPORTED), "gpu", "0"));

    assertThat(lines("n1")).noneMatch(line -> line.startsWith("gpu_power_watts"));
  }

  @Test
  void render_leases_giveTheTasksOfTheNode() {
    publish(
        "lease",
        okAt(0),
        sample("gpu_tasks_active", SampleValue.exact(2), "pod", "a", "queue", "x"),
        sample("gpu_tasks_active", SampleValue.exact(3), "pod", "b", "queue", "y"),
        sample("gpu_workers_busy", SampleValue.exact(1), "pod", "a"));

    assertThat(lines("n1"))
        .contains("active_gpu_processing_tasks_per_worker_node{node=\"n1\"} 5")
        .contains("gpu_tasks_active{node=\"n1\",pod=\"a\",queue=\"x\"} 2");
  }

  @Test
  void render_leasesOfNoWorker_areAKnownZero() {
    publish("lease", okAt(0));

    assertThat(lines("n1")).contains("active_gpu_processing_tasks_per_worker_node{node=\"n1\"} 0");
  }

  @Test
  void render_tasksPartlyUnknown_giveNoSum() {
    publish(
        "lease",
        okAt(0),
        sample("gpu_tasks_active", SampleValue.exact(2), "pod", "a"),
        sample("gpu_tasks_active", SampleValue.unknown(UnknownReason.INVALID), "pod", "b"));

    assertThat(lines("n1"))
        .contains("gpu_tasks_active{node=\"n1\",pod=\"a\"} 2")
        .noneMatch(line -> line.startsWith("active_gpu_processing_tasks"));
  }

  @Test
  void render_metricsOfTheProgram_comeToo() {
    Gauge.build("own_metric", "Help.").register(registry).set(4);

    assertThat(lines("n1")).contains("own_metric 4.0");
  }

  @Test
  void collect_observationAheadOfTheClock_isOfAgeZero() {
    publish("dcgm", new SourceState.Ok(NOW + SECOND));

    assertThat(lines("n1")).contains("gpuscaling_source_age_seconds{source=\"dcgm\",} 0.0");
  }

  @Test
  void route_get_answersThePage() throws Exception {
    publish("dcgm", okAt(0), sample("gpu_count", SampleValue.exact(1), "gpu", "0"));
    try (var endpoint =
            HttpEndpoint.create(
                Map.of("/metrics", page("n1").route()),
                HttpLimits.DEFAULT,
                EndpointObserver.none(),
                Ticker.system());
        var client = HttpClient.newHttpClient()) {
      InetSocketAddress bound =
          endpoint.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + bound.getPort() + "/metrics"))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              HttpResponse.BodyHandlers.ofString());

      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type"))
          .contains(ExpositionWriter.CONTENT_TYPE);
      assertThat(response.body()).contains("gpu_count{gpu=\"0\",node=\"n1\"} 1\n");
    }
  }
}
