package io.gpuscaling.exporter.rabbitmq.stats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView.VhostTotals;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BrokerStatsTest {

  private static final QueueId C1 = new QueueId("/", "c1");
  private static final byte[] NODES =
      "[{\"name\":\"broker@localhost\",\"running\":true}]".getBytes(UTF_8);

  private final FakeBrokerHttp broker;
  private final List<String> outcomes = new CopyOnWriteArrayList<>();
  private @Nullable BrokerStats stats;

  BrokerStatsTest() throws IOException {
    broker = new FakeBrokerHttp();
    broker.put("/metrics/detailed", 200, Recorded.PAGE);
    broker.put("enable_queue_totals", 200, Recorded.TOTALS);
    broker.put("effective_policy_definition", 200, Recorded.FACTS);
    broker.put("/api/nodes", 200, NODES);
    broker.put("/api/connections", 200, "[{\"state\":\"blocked\"}]".getBytes(UTF_8));
  }

  @AfterEach
  void close() {
    if (stats != null) {
      stats.close();
    }
    broker.close();
  }

  private record Access(@Nullable URI managementUrl, List<URI> prometheusUrls, String secret)
      implements BrokerStats.Access {
    @Override
    public String user() {
      return "reader";
    }

    @Override
    public String readPassword() throws IOException {
      if (secret.isEmpty()) {
        throw new IOException("no file");
      }
      return secret;
    }
  }

  private static final class PlainHttp implements BrokerStats.Tls {
    @Override
    public @Nullable SSLContext first() {
      return null;
    }

    @Override
    public @Nullable SSLContext changed() {
      return null;
    }
  }

  private BrokerStats open(@Nullable URI management, List<URI> prometheus, String secret) {
    var opened =
        new BrokerStats(
            "default",
            new Access(management, prometheus, secret),
            new PlainHttp(),
            Set.of("/"),
            Set.of(C1)::contains,
            (source, _, outcome, _) -> outcomes.add(source + " " + outcome),
            Ticker.system(),
            new SplittableRandom(1));
    stats = opened;
    opened.start();
    return opened;
  }

  private static CounterView counters(BrokerStats from) {
    return Objects.requireNonNull(from.refresh().counters());
  }

  private ManagementView awaitManagement(BrokerStats from) {
    await().until(() -> !from.refresh().management().vhosts().isEmpty());
    return from.refresh().management();
  }

  @Test
  void refresh_bothInterfaces_areRead() {
    BrokerStats open = open(broker.url(), List.of(broker.url()), "s3cret");

    ManagementView management = awaitManagement(open);
    VhostTotals.Known totals =
        (VhostTotals.Known) Objects.requireNonNull(management.vhosts().get("/"));
    assertThat(totals.queues()).containsOnlyKeys("c1");
    assertThat(management.facts()).containsOnlyKeys(C1);
    assertThat(Objects.requireNonNull(management.health()).blockedConnections()).hasValue(1);
    assertThat(broker.authorizations)
        .contains(BrokerHttp.basic("reader", "s3cret"))
        .doesNotContainNull();
    CounterView counters = counters(open);
    assertThat(counters.origin()).isEqualTo(CounterView.Origin.PROMETHEUS);
    assertThat(counters.isComplete()).isTrue();
    assertThat(outcomes).contains("management ok", "prometheus ok");
  }

  @Test
  void refresh_counterThatRises_isSeenAtOnce() {
    BrokerStats open = open(null, List.of(broker.url()), "s3cret");
    await().until(() -> open.refresh().counters() != null);

    String more =
        new String(Recorded.PAGE, UTF_8)
            .replace(
                "queue=\"c1\",exchange_vhost=\"/\",exchange=\"\"} 5",
                "queue=\"c1\",exchange_vhost=\"/\",exchange=\"\"} 25");
    broker.put("/metrics/detailed", 200, more.getBytes(UTF_8));

    await().until(() -> counters(open).of(C1).published() == 20);
    assertThat(open.refresh().management()).isEqualTo(ManagementView.EMPTY);
  }

  @Test
  void recount_isOfAfterTheInstantOrNothing() {
    BrokerStats open = open(null, List.of(broker.url()), "s3cret");
    await().until(() -> open.refresh().counters() != null);

    long now = Ticker.system().nanos();
    assertThat(Objects.requireNonNull(open.recount(now)).atNanos() - now).isNotNegative();
    assertThat(open.recount(now + Duration.ofMinutes(1).toNanos())).isNull();

    open.close();
    assertThat(open(broker.url(), List.of(), "s3cret").recount(now)).isNull();
  }

  @Test
  void refresh_twoAddressesOfOneNode_countOnce() {
    URI again = URI.create(broker.url().toString().replace("127.0.0.1", "localhost") + "/");
    BrokerStats open = open(null, List.of(broker.url(), again), "s3cret");
    await().until(() -> open.refresh().counters() != null);
    broker.put(
        "/metrics/detailed",
        200,
        new String(Recorded.PAGE, UTF_8)
            .replace("exchange=\"\"} 5", "exchange=\"\"} 6")
            .getBytes(UTF_8));

    await().until(() -> counters(open).of(C1).published() > 0);
    open.refresh();
    assertThat(counters(open).of(C1).published()).isEqualTo(1);
  }

  @Test
  void refresh_nodeThatIsNotScraped_makesCountersIncomplete() {
    broker.put(
        "/api/nodes",
        200,
        "[{\"name\":\"broker@localhost\",\"running\":true},{\"name\":\"b\",\"running\":true}]"
            .getBytes(UTF_8));
    BrokerStats open = open(broker.url(), List.of(broker.url()), "s3cret");
    awaitManagement(open);

    await().until(() -> open.refresh().counters() != null && !counters(open).isComplete());
  }

  @Test
  void refresh_pageThatStalls_delaysOnceAndIsGivenUp() {
    broker.stall("/metrics/detailed", Recorded.PAGE);
    BrokerStats open = open(null, List.of(broker.url()), "s3cret");

    long started = Ticker.system().nanos();
    for (int i = 0; i < 20; i++) {
      assertThat(open.refresh().counters()).isNull();
    }
    assertThat(Ticker.system().nanos() - started).isLessThan(Duration.ofSeconds(1).toNanos());
    await().until(() -> outcomes.contains("prometheus failed"));

    broker.put("/metrics/detailed", 200, Recorded.PAGE);
    await().until(() -> open.refresh().counters() != null);
  }

  @Test
  void refresh_withoutPrometheus_takesCountersOfManagement() {
    broker.put("message_stats", 200, "[{\"name\":\"c1\",\"message_stats\":{}}]".getBytes(UTF_8));
    BrokerStats open = open(broker.url(), List.of(), "s3cret");
    await().until(() -> open.refresh().counters() != null);

    broker.put(
        "message_stats",
        200,
        "[{\"name\":\"c1\",\"message_stats\":{\"publish\":4}}]".getBytes(UTF_8));

    await().atMost(Duration.ofSeconds(10)).until(() -> counters(open).of(C1).published() == 4);
    assertThat(counters(open).origin()).isEqualTo(CounterView.Origin.MANAGEMENT);
  }

  @Test
  void management_emptyList_isNoEmptyVhost() {
    broker.put("enable_queue_totals", 200, "[]".getBytes(UTF_8));
    BrokerStats open = open(broker.url(), List.of(), "s3cret");

    assertThat(awaitManagement(open).vhosts())
        .containsEntry("/", new VhostTotals.Unknown(UnknownReason.REFUSED));
  }

  /** RabbitMQ 4.3 hides a vhost from a user without a permission in it. */
  @Test
  void management_vhostNotFound_isRefused() {
    broker.put("enable_queue_totals", 404, "{}".getBytes(UTF_8));
    BrokerStats open = open(broker.url(), List.of(), "s3cret");

    assertThat(awaitManagement(open).vhosts())
        .containsEntry("/", new VhostTotals.Unknown(UnknownReason.REFUSED));
    assertThat(outcomes).contains("management refused");
  }

  @Test
  void management_refusals_areToldApart() {
    broker.put("enable_queue_totals", 401, "no".getBytes(UTF_8));
    broker.put("/api/nodes", 401, "no".getBytes(UTF_8));
    BrokerStats open = open(broker.url(), List.of(), "s3cret");

    ManagementView view = awaitManagement(open);
    assertThat(view.vhosts()).containsEntry("/", new VhostTotals.Unknown(UnknownReason.REFUSED));
    assertThat(view.health()).isNull();
    assertThat(view.counters()).isNull();
  }

  @Test
  void management_noJson_isInvalid() {
    broker.put("enable_queue_totals", 200, "<html>".getBytes(UTF_8));
    BrokerStats open = open(broker.url(), List.of(), "s3cret");

    assertThat(awaitManagement(open).vhosts())
        .containsEntry("/", new VhostTotals.Unknown(UnknownReason.INVALID));
  }

  @Test
  void management_passwordFileGone_isRefused() {
    BrokerStats open = open(broker.url(), List.of(), "");

    assertThat(awaitManagement(open).vhosts())
        .containsEntry("/", new VhostTotals.Unknown(UnknownReason.REFUSED));
    assertThat(broker.asked).isEmpty();
  }

  @Test
  void management_oneFailure_keepsWhatWasReadBefore() {
    BrokerStats open = open(broker.url(), List.of(), "s3cret");
    awaitManagement(open);
    int before = broker.asked.size();

    broker.put("enable_queue_totals", 500, "oops".getBytes(UTF_8));

    await().until(() -> outcomes.contains("management failed"));
    assertThat(broker.asked).hasSizeGreaterThan(before);
    assertThat(open.refresh().management().vhosts().get("/")).isInstanceOf(VhostTotals.Known.class);
  }

  @Test
  void management_nobodyListens_isUnreachable() {
    broker.close();
    BrokerStats open = open(broker.url(), List.of(broker.url()), "s3cret");

    assertThat(awaitManagement(open).vhosts())
        .containsEntry("/", new VhostTotals.Unknown(UnknownReason.UNREACHABLE));
    assertThat(open.refresh().counters()).isNull();
  }
}
