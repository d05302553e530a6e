package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerHealth;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerStats;
import io.gpuscaling.exporter.rabbitmq.stats.CounterView;
import io.gpuscaling.exporter.rabbitmq.stats.CounterView.Origin;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView.VhostTotals;
import io.gpuscaling.exporter.rabbitmq.stats.QueueCounters;
import io.gpuscaling.exporter.rabbitmq.stats.QueueFacts;
import io.gpuscaling.exporter.rabbitmq.stats.QueueKind;
import io.gpuscaling.exporter.rabbitmq.stats.QueueTotals;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A look each second. */
final class QueueModelTest {

  private static final long SECOND = 1_000_000_000L;
  private static final QueueId QUEUE = new QueueId("/", "jobs");
  private static final SampleValue UNCONFIRMED = SampleValue.unknown(UnknownReason.UNCONFIRMED);

  private long now = 1000 * SECOND;
  private QueueKind kind = QueueKind.CLASSIC;
  private boolean hasLeader = true;
  private boolean isRunning = true;
  private boolean hasCounters = true;
  private boolean isAlarmed;
  private Origin origin = Origin.PROMETHEUS;
  private QueueFacts facts = new QueueFacts(QueueKind.CLASSIC, false, false, false);
  private QueueCounters counters = QueueCounters.NONE;
  private @Nullable VhostTotals vhost;
  private OptionalLong totalReady = OptionalLong.empty();
  private QueueModel model = model(true);

  private QueueModel model(boolean hasManagement) {
    return new QueueModel(
        new QueueModel.Rules(
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            hasManagement,
            true),
        now);
  }

  private Map<ServedMetric, SampleValue> look(QueueAnswer answer) {
    now += SECOND;
    VhostTotals totals =
        vhost != null
            ? vhost
            : new VhostTotals.Known(
                now,
                Map.of(
                    QUEUE.queue(),
                    new QueueTotals(
                        kind,
                        hasLeader,
                        isRunning,
                        false,
                        totalReady,
                        OptionalLong.of(2),
                        OptionalLong.of(7))));
    var management =
        new ManagementView(
            Map.of("/", totals),
            Map.of(QUEUE, facts),
            new BrokerHealth(isAlarmed ? 1 : 0, 0, 0, List.of("a"), OptionalInt.empty()),
            null);
    CounterView view =
        hasCounters ? new CounterView(origin, now, true, Map.of(QUEUE, counters)) : null;
    model.observe(answer, QueueEvidence.of(QUEUE, new BrokerStats.View(view, management)), now);
    return samples();
  }

  private Map<ServedMetric, SampleValue> samples() {
    Map<ServedMetric, SampleValue> samples = new EnumMap<>(ServedMetric.class);
    model.samples((metric, value, _) -> samples.put(metric, value));
    return samples;
  }

  private Map<ServedMetric, SampleValue> look(long ready, long consumers) {
    totalReady = OptionalLong.of(ready);
    return look(new QueueAnswer.Depth(ready, consumers));
  }

  private void count(int published, int delivered) {
    counters =
        new QueueCounters(
            counters.published() + published,
            counters.delivered() + delivered,
            counters.acknowledged() + delivered,
            0);
  }

  private static Exactness exactness(@Nullable SampleValue value) {
    if (value instanceof SampleValue.Known(_, Exactness exactness)) {
      return exactness;
    }
    throw new AssertionError("not known: " + value);
  }

  private SampleValue ready(Map<ServedMetric, SampleValue> samples) {
    return Objects.requireNonNull(samples.get(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY));
  }

  private SampleValue age(Map<ServedMetric, SampleValue> samples) {
    return Objects.requireNonNull(
        samples.get(ServedMetric.RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS));
  }

  private QueueEvidence evidence(@Nullable CounterView again) {
    var management = new ManagementView(Map.of(), Map.of(QUEUE, facts), null, null);
    var view = new CounterView(origin, now, true, Map.of(QUEUE, counters));
    return QueueEvidence.of(QUEUE, new BrokerStats.View(view, management), again);
  }

  @Test
  void needsSecondCount_depthThatRoseWithoutACountWhileTasksRun() {
    var depth = new QueueAnswer.Depth(1, 1);
    assertThat(model.needsSecondCount(depth, evidence(null))).isFalse();
    look(0, 1);
    count(2, 2);
    look(0, 1);

    assertThat(model.needsSecondCount(depth, evidence(null))).isTrue();
    assertThat(model.needsSecondCount(new QueueAnswer.None(QueueProblem.TIMEOUT), evidence(null)))
        .isFalse();
    assertThat(model.needsSecondCount(new QueueAnswer.Depth(0, 1), evidence(null))).isFalse();
    CounterView again =
        new CounterView(
            origin, now, true, Map.of(QUEUE, new QueueCounters(counters.published() + 1, 2, 2, 0)));
    assertThat(evidence(again).publishedMeanwhile()).isEqualTo(1);
    now += SECOND;
    model.observe(depth, evidence(again), now);
    assertThat(exactness(age(samples()))).isEqualTo(Exactness.EXACT);
    // Counted the next time, it is the same message.
    count(1, 0);
    assertThat(exactness(age(look(1, 1)))).isEqualTo(Exactness.EXACT);

    origin = Origin.MANAGEMENT;
    assertThat(evidence(again).publishedMeanwhile()).isZero();
    assertThat(model.needsSecondCount(new QueueAnswer.Depth(9, 1), evidence(null))).isFalse();
  }

  @Test
  void samples_eachQuantity_comesFromItsSource() {
    look(0, 1);
    for (int i = 1; i <= 12; i++) {
      count(2, 1);
      look(i, 1);
    }
    Map<ServedMetric, SampleValue> samples = samples();

    assertThat(samples)
        .containsEntry(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, SampleValue.exact(12))
        .containsEntry(ServedMetric.RABBITMQ_QUEUE_CONSUMERS, SampleValue.exact(1))
        .containsEntry(ServedMetric.RABBITMQ_QUEUE_MESSAGES_UNACKED, SampleValue.exact(2))
        .containsEntry(ServedMetric.RABBITMQ_QUEUE_MESSAGES, SampleValue.exact(7))
        .containsEntry(
            ServedMetric.RABBITMQ_QUEUE_PUBLISHED_PER_SECOND,
            new SampleValue.Known(2, Exactness.ESTIMATE))
        .containsEntry(
            ServedMetric.RABBITMQ_QUEUE_ACKNOWLEDGED_PER_SECOND,
            new SampleValue.Known(1, Exactness.ESTIMATE))
        .containsEntry(
            ServedMetric.RABBITMQ_QUEUE_DRAIN_SECONDS,
            new SampleValue.Known(12, Exactness.ESTIMATE))
        .containsEntry(ServedMetric.RABBITMQ_QUEUE_STUCK, SampleValue.exact(0));
    assertThat(age(samples)).isEqualTo(new SampleValue.Known(5.5, Exactness.EXACT));
  }

  @Test
  void zero_classicQueueThatTotalsCallEmpty_isBelievedWithTheSecondLook() {
    assertThat(ready(look(0, 0))).isEqualTo(UNCONFIRMED);
    assertThat(ready(look(0, 0))).isEqualTo(SampleValue.exact(0));
  }

  @Test
  void zero_quorumQueue_waitsForTotalsThatCannotBeOlder() {
    kind = QueueKind.QUORUM;
    for (int i = 0; i <= 5; i++) {
      assertThat(ready(look(0, 0))).isEqualTo(i < 5 ? UNCONFIRMED : SampleValue.exact(0));
    }
  }

  @Test
  void zero_queueThatTotalsCallFull_isNeverBelieved() {
    totalReady = OptionalLong.of(50);
    for (int i = 0; i < 100; i++) {
      assertThat(ready(look(new QueueAnswer.Depth(0, 0)))).isEqualTo(UNCONFIRMED);
    }
    assertThat(age(samples())).isEqualTo(UNCONFIRMED);
  }

  @Test
  void zero_withoutLeaderOrNotRunning_isNeverBelievedAndNoLonger() {
    kind = QueueKind.QUORUM;
    for (int i = 0; i < 10; i++) {
      look(0, 0);
    }
    assertThat(ready(samples())).isEqualTo(SampleValue.exact(0));
    hasLeader = false;
    for (int i = 0; i < 100; i++) {
      assertThat(ready(look(0, 0))).isEqualTo(UNCONFIRMED);
    }
    hasLeader = true;
    isRunning = false;
    assertThat(ready(look(0, 0))).isEqualTo(UNCONFIRMED);
    isRunning = true;
    assertThat(ready(look(0, 0))).isEqualTo(SampleValue.exact(0));
  }

  @Test
  void zero_secondSourceThatIsSilent_isBelievedForAWhileAndThenNot() {
    kind = QueueKind.QUORUM;
    facts = new QueueFacts(QueueKind.QUORUM, false, true, false);
    for (int i = 0; i < 10; i++) {
      look(0, 0);
    }
    vhost = new VhostTotals.Unknown(UnknownReason.UNREACHABLE);
    for (int i = 1; i <= 30; i++) {
      assertThat(ready(look(0, 0))).isEqualTo(i <= 10 ? SampleValue.exact(0) : UNCONFIRMED);
    }
  }

  @Test
  void zero_withoutSecondSource_isBelievedAfterTheConfirmationTime() {
    model = model(false);
    for (int i = 0; i < 12; i++) {
      assertThat(ready(look(0, 0))).isEqualTo(i < 11 ? UNCONFIRMED : SampleValue.exact(0));
    }
    assertThat(samples()).doesNotContainKey(ServedMetric.RABBITMQ_QUEUE_MESSAGES);
  }

  @Test
  void zero_duringAnAlarm_isALowerBound() {
    look(0, 1);
    isAlarmed = true;
    assertThat(ready(look(0, 1))).isEqualTo(new SampleValue.Known(0, Exactness.LOWER_BOUND));
    assertThat(ready(look(3, 1))).isEqualTo(SampleValue.exact(3));
    for (int i = 0; i < 10; i++) {
      look(3, 1);
    }
    assertThat(exactness(samples().get(ServedMetric.RABBITMQ_QUEUE_PUBLISHED_PER_SECOND)))
        .isEqualTo(Exactness.LOWER_BOUND);
  }

  @Test
  void stuck_messagesWaitAndNothingIsDelivered_afterTheTime() {
    look(0, 1);
    count(1, 0);
    for (int i = 0; i <= 20; i++) {
      assertThat(look(1, 1).get(ServedMetric.RABBITMQ_QUEUE_STUCK))
          .isEqualTo(SampleValue.exact(i < 20 ? 0 : 1));
    }
    count(1, 1);
    assertThat(look(1, 1).get(ServedMetric.RABBITMQ_QUEUE_STUCK)).isEqualTo(SampleValue.exact(0));
    assertThat(look(0, 1).get(ServedMetric.RABBITMQ_QUEUE_STUCK)).isEqualTo(SampleValue.exact(0));
  }

  @Test
  void drain_nothingIsDelivered_isUnknownAndZeroForAnEmptyQueue() {
    look(0, 1);
    count(5, 0);
    for (int i = 0; i < 10; i++) {
      look(5, 1);
    }
    assertThat(samples())
        .containsEntry(
            ServedMetric.RABBITMQ_QUEUE_DRAIN_SECONDS,
            SampleValue.unknown(UnknownReason.NOT_REPORTED));
    assertThat(look(0, 1))
        .containsEntry(ServedMetric.RABBITMQ_QUEUE_DRAIN_SECONDS, SampleValue.exact(0));
  }

  @Test
  void counters_goneOrOfAnotherOrigin_neverMakeAJump() {
    look(0, 1);
    count(3, 0);
    look(3, 1);
    origin = Origin.MANAGEMENT;
    counters = new QueueCounters(1_000, 900, 900, 0);
    assertThat(exactness(age(look(3, 1)))).isEqualTo(Exactness.UPPER_BOUND);
    hasCounters = false;
    look(3, 1);
    assertThat(samples())
        .containsEntry(
            ServedMetric.RABBITMQ_QUEUE_PUBLISHED_PER_SECOND,
            SampleValue.unknown(UnknownReason.NOT_REPORTED))
        .containsEntry(
            ServedMetric.RABBITMQ_QUEUE_STUCK, SampleValue.unknown(UnknownReason.NOT_REPORTED));
    assertThat(((SampleValue.Known) age(samples())).value()).isEqualTo(3);
  }

  @Test
  void age_firstCounterOfABacklog_makesItALowerBound() {
    hasCounters = false;
    assertThat(age(look(3, 1))).isEqualTo(SampleValue.unknown(UnknownReason.NOT_REPORTED));
    hasCounters = true;
    assertThat(exactness(age(look(3, 1)))).isEqualTo(Exactness.LOWER_BOUND);
    count(1, 3);
    assertThat(age(look(1, 1))).isEqualTo(new SampleValue.Known(0.5, Exactness.EXACT));
  }

  @Test
  void age_queueThatRejectsPublishes_isABoundFromReady() {
    facts = new QueueFacts(QueueKind.CLASSIC, false, false, true);
    look(0, 1);
    count(100, 0);
    assertThat(age(look(5, 1))).isEqualTo(new SampleValue.Known(1, Exactness.UPPER_BOUND));
  }

  @Test
  void age_priorities_areALowerBound() {
    facts = new QueueFacts(QueueKind.CLASSIC, true, false, false);
    look(0, 1);
    for (int i = 1; i < 10; i++) {
      count(1, 0);
      look(i, 1);
    }
    assertThat(exactness(age(look(2, 1)))).isEqualTo(Exactness.LOWER_BOUND);
  }

  @Test
  void missingQueue_everythingIsUnknownAndTheNextOneIsAnother() {
    look(0, 1);
    count(1, 0);
    look(1, 1);
    Map<ServedMetric, SampleValue> gone = look(new QueueAnswer.None(QueueProblem.MISSING));
    assertThat(gone.values()).containsOnly(SampleValue.unknown(UnknownReason.MISSING));

    now += 100 * SECOND;
    assertThat(exactness(age(look(1, 1)))).isEqualTo(Exactness.LOWER_BOUND);
  }

  @Test
  void lostConnection_everythingIsUnknown() {
    look(3, 1);
    model.lose(UnknownReason.UNREACHABLE, now);

    assertThat(samples())
        .containsEntry(
            ServedMetric.RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS,
            SampleValue.unknown(UnknownReason.UNREACHABLE));
    assertThat(model.isDue(now)).isTrue();
  }

  @Test
  void stream_isRefused() {
    kind = QueueKind.STREAM;
    Map<ServedMetric, SampleValue> samples = look(500, 0);

    assertThat(samples).hasSize(10);
    assertThat(samples.values()).containsOnly(SampleValue.unknown(UnknownReason.NOT_REPORTED));
  }

  @Test
  void totals_refused_areUnknownWithTheReason() {
    vhost = new VhostTotals.Unknown(UnknownReason.REFUSED);
    assertThat(look(3, 1))
        .containsEntry(
            ServedMetric.RABBITMQ_QUEUE_MESSAGES_UNACKED,
            SampleValue.unknown(UnknownReason.REFUSED));
  }
}
