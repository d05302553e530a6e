package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class RabbitSourceTest {

  private static final QueueId A = new QueueId("/", "a");
  private static final QueueId B = new QueueId("team", "b");
  private static final String A_READY =
      "rabbitmq_queue_messages_ready{broker=\"default\",queue=\"a\",vhost=\"default\"}";
  private static final String A_CONSUMERS =
      "rabbitmq_queue_consumers{broker=\"default\",queue=\"a\",vhost=\"default\"}";
  private static final String B_READY =
      "rabbitmq_queue_messages_ready{broker=\"default\",queue=\"b\",vhost=\"team\"}";

  private final AtomicLong nanos = new AtomicLong();
  private final List<SourceSnapshot> published = new CopyOnWriteArrayList<>();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final Map<String, FakeProbe> probes = new HashMap<>();
  private volatile boolean mayRead = true;
  private final RabbitSource source =
      RabbitSource.create(
          new RabbitSettings(
              BrokerSettings.parse(
                  "default", "amqp://127.0.0.1", null, BrokerSettings.TlsFiles.NONE),
              List.of(A, B),
              Duration.ofMillis(10),
              RabbitSettings.DEFAULT_ZERO_CONFIRMATION,
              RabbitSettings.DEFAULT_STUCK_AFTER),
          vhost -> probes.computeIfAbsent(vhost, _ -> new FakeProbe()),
          null,
          () -> mayRead,
          published::add,
          RabbitMetrics.register(registry),
          nanos::get,
          new SplittableRandom(1));

  /** Answers what a test has set. */
  private static final class FakeProbe implements QueueProbe {
    private volatile ProbeResult result = new ProbeResult.Answered(Map.of());
    private final List<List<String>> asked = new CopyOnWriteArrayList<>();
    private volatile Set<String> suspects = Set.of();
    private volatile Duration timeout = Duration.ZERO;
    private volatile boolean closed;
    private volatile Runnable onProbe = () -> {};

    @Override
    public ProbeResult probe(List<String> queues, Set<String> suspects, Duration timeout) {
      this.suspects = suspects;
      this.timeout = timeout;
      onProbe.run();
      asked.add(List.copyOf(queues));
      return result;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private FakeProbe probe(String vhost) {
    FakeProbe probe = probes.get(vhost);
    assertThat(probe).isNotNull();
    return Objects.requireNonNull(probe);
  }

  private void answer(String vhost, String queue, QueueAnswer answer) {
    probe(vhost).result = new ProbeResult.Answered(Map.of(queue, answer));
  }

  private void fail(String vhost, UnknownReason reason) {
    probe(vhost).result = new ProbeResult.Unavailable(reason, "said by the test");
  }

  private Map<String, SampleValue> poll() {
    nanos.addAndGet(1_000_000_000L);
    source.poll();
    var values = new TreeMap<String, SampleValue>();
    for (Sample sample : published.getLast().samples()) {
      values.put(sample.series().toString(), sample.value());
    }
    return values;
  }

  private SourceState state() {
    return published.getLast().state();
  }

  private double count(String metric, String label, String value) {
    Double count =
        registry.getSampleValue(
            metric, new String[] {"broker", label}, new String[] {"default", value});
    return count == null ? 0 : count;
  }

  @Test
  void answers_arePublishedByVhost() {
    answer("/", "a", new QueueAnswer.Depth(7, 2));
    answer("team", "b", new QueueAnswer.Depth(1, 0));

    assertThat(poll())
        .hasSize(6)
        .containsEntry(A_READY, SampleValue.exact(7))
        .containsEntry(A_CONSUMERS, SampleValue.exact(2))
        .containsEntry(B_READY, SampleValue.exact(1));
    assertThat(published.getLast().source()).isEqualTo("rabbitmq/default");
    assertThat(state()).isEqualTo(new SourceState.Ok(nanos.get()));
    assertThat(count("gpuscaling_rabbitmq_polls_total", "outcome", "ok")).isEqualTo(1);
    assertThat(count("gpuscaling_rabbitmq_queue_answers_total", "answer", "depth")).isEqualTo(2);
  }

  @Test
  void missingQueue_isUnknownAndLeftAloneForAWhile() {
    answer("/", "a", new QueueAnswer.None(QueueProblem.MISSING));

    assertThat(poll()).containsEntry(A_READY, SampleValue.unknown(UnknownReason.MISSING));
    nanos.addAndGet(-500_000_000L);
    probe("/").result = new ProbeResult.Answered(Map.of());
    assertThat(poll()).containsEntry(A_READY, SampleValue.unknown(UnknownReason.MISSING));

    assertThat(probe("/").asked).containsExactly(List.of("a"), List.of());
    assertThat(count("gpuscaling_rabbitmq_queue_answers_total", "answer", "missing")).isEqualTo(1);
  }

  @Test
  void queueNotReached_keepsItsDepthWithItsAgeAndIsUnknownThen() {
    answer("/", "a", new QueueAnswer.Depth(7, 2));
    answer("team", "b", new QueueAnswer.Depth(1, 0));
    poll();
    long lookedAtNanos = nanos.get();

    probe("/").result = new ProbeResult.Answered(Map.of());
    assertThat(poll())
        .containsEntry(A_READY, SampleValue.exact(7))
        .containsEntry(B_READY, SampleValue.exact(1));
    // All are only as fresh as the one that was not asked for.
    assertThat(state()).isEqualTo(new SourceState.Ok(lookedAtNanos));
    assertThat(count("gpuscaling_rabbitmq_polls_total", "outcome", "late")).isEqualTo(1);
    assertThat(count("gpuscaling_rabbitmq_queue_answers_total", "answer", "not_reached"))
        .isEqualTo(1);

    nanos.addAndGet(RabbitSource.LONGEST_UNASKED.toNanos());
    assertThat(poll())
        .containsEntry(A_READY, SampleValue.unknown(UnknownReason.UNREACHABLE))
        .containsEntry(B_READY, SampleValue.exact(1));
    assertThat(state()).isEqualTo(new SourceState.Ok(nanos.get()));
    answer("/", "a", new QueueAnswer.Depth(8, 2));
    assertThat(poll()).containsEntry(A_READY, SampleValue.exact(8));
  }

  @Test
  void silentQueue_isASuspectUntilItAnswers() {
    answer("/", "a", new QueueAnswer.None(QueueProblem.TIMEOUT));
    poll();
    answer("/", "a", new QueueAnswer.Depth(8, 2));
    poll();
    assertThat(probe("/").suspects).containsExactly("a");
    poll();
    assertThat(probe("/").suspects).isEmpty();
  }

  @Test
  void vhosts_shareTheTimeOfASweep_andTheOneThatWasLateComesFirst() {
    answer("/", "a", new QueueAnswer.Depth(7, 2));
    probe("/").onProbe = () -> nanos.addAndGet(3_900_000_000L);
    poll();
    assertThat(probe("/").timeout).isEqualTo(RabbitSource.SWEEP_TIMEOUT);
    assertThat(probe("team").timeout).isEqualTo(Duration.ofMillis(100));

    // No queue of the second was reached, so it is the first now.
    answer("team", "b", new QueueAnswer.Depth(1, 0));
    poll();
    assertThat(probe("team").timeout).isEqualTo(RabbitSource.SWEEP_TIMEOUT);
  }

  @Test
  void brokerDown_failsAndKeepsTheLastSamples() {
    answer("/", "a", new QueueAnswer.Depth(7, 2));
    answer("team", "b", new QueueAnswer.Depth(1, 0));
    Map<String, SampleValue> good = poll();
    long observedAtNanos = nanos.get();

    fail("/", UnknownReason.UNREACHABLE);
    int askedOfTheOther = probe("team").asked.size();

    assertThat(poll()).isEqualTo(good);
    assertThat(state())
        .isEqualTo(new SourceState.Failing(observedAtNanos, UnknownReason.UNREACHABLE));
    // The same broker: not tried again for the other vhost.
    assertThat(probe("team").asked).hasSize(askedOfTheOther);
    assertThat(count("gpuscaling_rabbitmq_polls_total", "outcome", "unreachable")).isEqualTo(1);

    answer("/", "a", new QueueAnswer.Depth(0, 0));
    assertThat(poll()).containsEntry(A_READY, SampleValue.unknown(UnknownReason.UNCONFIRMED));
    assertThat(state()).isInstanceOf(SourceState.Ok.class);
  }

  @Test
  void neverConnected_isNeverObserved() {
    fail("/", UnknownReason.REFUSED);
    fail("team", UnknownReason.REFUSED);

    assertThat(poll()).isEmpty();
    assertThat(state()).isEqualTo(new SourceState.NeverObserved(UnknownReason.REFUSED));
    assertThat(count("gpuscaling_rabbitmq_polls_total", "outcome", "refused")).isEqualTo(1);
  }

  @Test
  void oneVhostRefused_onlyItsSeriesAreUnknown() {
    fail("/", UnknownReason.REFUSED);
    answer("team", "b", new QueueAnswer.Depth(1, 0));

    assertThat(poll())
        .containsEntry(A_READY, SampleValue.unknown(UnknownReason.REFUSED))
        .containsEntry(B_READY, SampleValue.exact(1));
    assertThat(state()).isInstanceOf(SourceState.Ok.class);
    assertThat(count("gpuscaling_rabbitmq_polls_total", "outcome", "partial")).isEqualTo(1);
  }

  @Test
  void startAndClose_pollUntilClosed() {
    answer("/", "a", new QueueAnswer.Depth(7, 2));
    source.start();
    assertThat(published.getFirst())
        .isEqualTo(new SourceSnapshot("rabbitmq/default", new SourceState.Starting(), List.of()));
    await().until(() -> published.size() > 3);

    source.close();
    int count = published.size();

    assertThat(probe("/").closed).isTrue();
    assertThat(probe("team").closed).isTrue();
    source.poll();
    assertThat(published).hasSize(count);
    assertThat(source.name()).isEqualTo("rabbitmq/default");
  }

  @Test
  void anotherReads_whatWasSaidAgesAndIsTakenBack() {
    answer("/", "a", new QueueAnswer.Depth(7, 2));
    answer("team", "b", new QueueAnswer.Depth(1, 0));
    poll();
    int said = published.size();

    mayRead = false;
    poll();
    poll();
    assertThat(published).hasSize(said);
    assertThat(probe("/").asked).hasSize(1);

    nanos.addAndGet(11_000_000_000L);
    assertThat(poll()).isEmpty();
    assertThat(state()).isEqualTo(new SourceState.Starting());
    poll();
    assertThat(published).hasSize(said + 1);
  }

  @Test
  void readsAgain_aZeroIsConfirmedAnew() {
    answer("/", "a", new QueueAnswer.Depth(0, 0));
    for (int i = 0; i < 12; i++) {
      poll();
    }
    assertThat(poll()).containsEntry(A_READY, SampleValue.exact(0));

    mayRead = false;
    poll();
    nanos.addAndGet(60_000_000_000L);
    mayRead = true;

    assertThat(poll()).containsEntry(A_READY, SampleValue.unknown(UnknownReason.UNCONFIRMED));
  }

  @Test
  void dismissedWhileItPolls_saysNothing() {
    probe("/").onProbe = () -> mayRead = false;
    answer("/", "a", new QueueAnswer.Depth(7, 2));
    nanos.addAndGet(1_000_000_000L);
    source.poll();

    assertThat(published).isEmpty();
  }

  @Test
  void wake_polls() {
    mayRead = false;
    source.start();
    mayRead = true;
    source.wake();
    await().until(() -> !probe("/").asked.isEmpty());
    source.close();
  }
}
