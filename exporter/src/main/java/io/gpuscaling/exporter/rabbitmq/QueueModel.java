package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.rabbitmq.age.AgeEstimate;
import io.gpuscaling.exporter.rabbitmq.age.AgeEstimator;
import io.gpuscaling.exporter.rabbitmq.age.QueueLook;
import io.gpuscaling.exporter.rabbitmq.age.QueueOrder;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView;
import io.gpuscaling.exporter.rabbitmq.stats.QueueCounters;
import io.gpuscaling.exporter.rabbitmq.stats.QueueFacts;
import io.gpuscaling.exporter.rabbitmq.stats.QueueKind;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * All that is believed of one queue, and which source counts for what: ready and consumers by
 * passive declare; unacknowledged messages by the totals of the management API; rates, drain time
 * and stuck consumers by counters; the age by ready and counters. Pure; time is an argument. Not
 * for several threads.
 */
final class QueueModel {

  /** Which sources there are, and for how long nothing may be delivered. */
  record Rules(
      Duration pollInterval,
      Duration zeroConfirmation,
      Duration stuckAfter,
      boolean hasManagement,
      boolean hasCounters) {}

  /** Takes samples. */
  @FunctionalInterface
  interface Sink {
    void add(ServedMetric metric, SampleValue value, long observedAtNanos);
  }

  private static final double NANOS_PER_SECOND = 1e9;

  /** An age may be off by the time between two looks, which a sweep makes longer. */
  private static final int RESOLUTION_INTERVALS = 2;

  private final Rules rules;
  private final QueueWatch watch;
  private final RateWindow rates = new RateWindow();
  private AgeEstimator estimator;
  private QueueEvidence evidence = QueueEvidence.NONE;
  private SampleValue age = SampleValue.unknown(UnknownReason.STARTING);
  private long lookedAtNanos;

  /** Arrivals in one growing count, whichever source has counted them. */
  private long published;

  private QueueEvidence.@Nullable Counted counted;
  private QueueEvidence.@Nullable Counted lastCounted;

  private long lastDelivered;

  /** Since when nothing was delivered although messages were ready; null while it was. */
  private @Nullable Long idleSinceNanos;

  QueueModel(Rules rules, long nowNanos) {
    this.rules = rules;
    this.watch = new QueueWatch(rules.zeroConfirmation(), nowNanos);
    this.estimator = newEstimator();
    this.lookedAtNanos = nowNanos;
  }

  private AgeEstimator newEstimator() {
    return new AgeEstimator(rules.pollInterval().multipliedBy(RESOLUTION_INTERVALS).toNanos());
  }

  /** Whether the broker says that there is no such queue. */
  boolean isMissing() {
    return watch.ready() instanceof SampleValue.Unknown(UnknownReason reason)
        && reason == UnknownReason.MISSING;
  }

  /** Whether the broker refuses to say how deep it is. */
  boolean isRefused() {
    return watch.ready() instanceof SampleValue.Unknown(UnknownReason reason)
        && reason == UnknownReason.REFUSED;
  }

  /** Whether its depth is known. */
  boolean isKnown() {
    return watch.ready() instanceof SampleValue.Known;
  }

  /** Whether it did not answer in time when it was asked for last. */
  boolean isSilent() {
    return watch.isSilent();
  }

  /** When it was looked at last, or lost, or made. */
  long lookedAtNanos() {
    return lookedAtNanos;
  }

  /** Whether the queue may be asked for. */
  boolean isDue(long nowNanos) {
    return watch.isDue(nowNanos);
  }

  /**
   * Whether this answer can be told better when the counters are read again before it is observed.
   */
  boolean needsSecondCount(QueueAnswer answer, QueueEvidence known) {
    QueueEvidence.Counted now = known.counters();
    QueueEvidence.Counted before = lastCounted;
    return answer instanceof QueueAnswer.Depth(long ready, _)
        && now != null
        && before != null
        && before.origin() == now.origin()
        && estimator.isAmbiguous(
            published + Math.max(0, now.counters().published() - before.counters().published()),
            ready);
  }

  /** Takes an answer that was asked for at this instant, and what else is known by then. */
  void observe(QueueAnswer answer, QueueEvidence known, long nowNanos) {
    evidence = known;
    lookedAtNanos = nowNanos;
    watch.observe(answer, opinion(), nowNanos);
    if (lastCounted == null && known.counters() != null && isUndetermined()) {
      // Nothing is known of the backlog: the first counter makes its age a lower bound at least.
      estimator = newEstimator();
    }
    boolean isContinued = count(known.counters());
    if (answer instanceof QueueAnswer.None(QueueProblem problem)
        && problem == QueueProblem.MISSING) {
      // A queue of this name that comes later is another one.
      estimator = newEstimator();
      idleSinceNanos = null;
    }
    switch (watch.ready()) {
      case SampleValue.Unknown unknown -> age = unknown;
      case SampleValue.Known(double ready, _) -> look((long) ready, nowNanos, isContinued);
    }
  }

  private boolean isUndetermined() {
    return age instanceof SampleValue.Unknown(UnknownReason reason)
        && reason == UnknownReason.NOT_REPORTED;
  }

  /** The connection was lost. */
  void lose(UnknownReason reason, long nowNanos) {
    watch.lose(reason, nowNanos);
    age = SampleValue.unknown(reason);
    lookedAtNanos = nowNanos;
    evidence = QueueEvidence.NONE;
  }

  private SecondOpinion opinion() {
    if (!rules.hasManagement()) {
      return SecondOpinion.NONE;
    }
    var totals = evidence.totals();
    if (totals == null) {
      return evidence.kind() == QueueKind.CLASSIC ? SecondOpinion.NONE : SecondOpinion.SILENT;
    }
    OptionalLong ready = totals.ready();
    if (!totals.hasLeader() || !totals.isRunning() || ready.orElse(0) > 0) {
      return SecondOpinion.DOUBTFUL;
    }
    // Totals of a quorum queue may be as old as the broker's last collection.
    long statedAtNanos =
        evidence.totalsAtNanos()
            - (evidence.kind() == QueueKind.CLASSIC
                ? 0
                : ManagementView.COLLECTION_INTERVAL.toNanos());
    return ready.isPresent() && watch.isZeroSince(statedAtNanos)
        ? SecondOpinion.EMPTY
        : SecondOpinion.SILENT;
  }

  /** Answers whether arrivals are counted without a gap since the look before. */
  private boolean count(QueueEvidence.@Nullable Counted now) {
    QueueEvidence.Counted before = lastCounted;
    counted = now;
    if (now == null) {
      // Totals of one origin go on growing meanwhile, so nothing is lost but the rates.
      rates.clear();
      return false;
    }
    lastCounted = now;
    boolean isContinued = before == null || before.origin() == now.origin();
    if (!isContinued) {
      rates.clear();
    } else if (before != null) {
      published += Math.max(0, now.counters().published() - before.counters().published());
    }
    rates.add(now.atNanos(), now.counters());
    return isContinued;
  }

  private void look(long ready, long nowNanos, boolean isContinued) {
    QueueFacts facts = evidence.facts();
    QueueEvidence.Counted now = counted;
    boolean counts = now != null && isContinued && (facts == null || !facts.rejectsPublishes());
    QueueLook.Arrivals arrivals =
        now == null || !counts
            ? null
            : new QueueLook.Arrivals(
                published,
                now.counters().firstDelivered(),
                Math.min(now.atNanos(), nowNanos),
                evidence.publishedMeanwhile());
    // Without a counter every rise of ready could be a return: it is taken for arrivals then.
    long outstanding = arrivals == null ? 0 : outstanding(now);
    age =
        value(
            estimator.observe(
                new QueueLook(
                    nowNanos,
                    ready,
                    arrivals,
                    outstanding,
                    now == null ? 0 : now.counters().redelivered(),
                    order(facts))));
    noteIdle(ready, nowNanos, isContinued);
  }

  private long outstanding(QueueEvidence.@Nullable Counted now) {
    long byCounters = now == null ? 0 : now.counters().outstanding();
    return evidence.totals() == null
        ? byCounters
        : Math.max(byCounters, evidence.totals().unacked().orElse(0));
  }

  /** RabbitMQ puts back at the tail what returns to a quorum queue without a delivery limit. */
  private static QueueOrder order(@Nullable QueueFacts facts) {
    if (facts == null) {
      return QueueOrder.FIRST_IN;
    }
    if (facts.hasPriorities()) {
      return QueueOrder.BY_PRIORITY;
    }
    return facts.kind() == QueueKind.QUORUM && !facts.hasDeliveryLimit()
        ? QueueOrder.RETURNS_TO_TAIL
        : QueueOrder.FIRST_IN;
  }

  private SampleValue value(AgeEstimate estimate) {
    return switch (estimate) {
      case AgeEstimate.Empty() -> SampleValue.exact(0);
      case AgeEstimate.Undetermined() -> SampleValue.unknown(UnknownReason.NOT_REPORTED);
      case AgeEstimate.Age(long nanos, Exactness exactness) ->
          new SampleValue.Known(
              nanos / NANOS_PER_SECOND,
              // Without the facts nobody knows whether the queue keeps its order.
              exactness == Exactness.EXACT && evidence.facts() == null
                  ? Exactness.ESTIMATE
                  : exactness);
    };
  }

  private void noteIdle(long ready, long nowNanos, boolean isContinued) {
    QueueEvidence.Counted now = counted;
    if (now == null || ready == 0 || !isContinued) {
      idleSinceNanos = null;
    } else if (now.counters().delivered() != lastDelivered || idleSinceNanos == null) {
      idleSinceNanos = nowNanos;
    }
    lastDelivered = now == null ? 0 : now.counters().delivered();
  }

  /** Hands over one sample for each metric that the sources there are can give. */
  void samples(Sink sink) {
    if (evidence.kind() == QueueKind.STREAM) {
      refuse(sink);
      return;
    }
    long atNanos = watch.observedAtNanos();
    sink.add(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, ready(), atNanos);
    sink.add(ServedMetric.RABBITMQ_QUEUE_CONSUMERS, watch.consumers(), atNanos);
    sink.add(ServedMetric.RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS, age, lookedAtNanos);
    if (rules.hasManagement()) {
      var totals = evidence.totals();
      sink.add(
          ServedMetric.RABBITMQ_QUEUE_MESSAGES_UNACKED,
          total(totals == null ? OptionalLong.empty() : totals.unacked()),
          evidence.totalsAtNanos());
      sink.add(
          ServedMetric.RABBITMQ_QUEUE_MESSAGES,
          total(totals == null ? OptionalLong.empty() : totals.messages()),
          evidence.totalsAtNanos());
    }
    if (rules.hasCounters()) {
      counted(sink);
    }
  }

  /** A depth that never falls would be served as work. */
  private void refuse(Sink sink) {
    unknown(UnknownReason.NOT_REPORTED, sink, lookedAtNanos);
  }

  /** Hands over one sample without a value for each metric of a queue. */
  static void unknown(UnknownReason reason, Sink sink, long atNanos) {
    for (ServedMetric metric : ServedMetric.values()) {
      if (metric.metricName().startsWith("rabbitmq_queue_")) {
        sink.add(metric, SampleValue.unknown(reason), atNanos);
      }
    }
  }

  /** A quiet queue whose publishers are blocked is not known to have no work. */
  private SampleValue ready() {
    SampleValue ready = watch.ready();
    return evidence.isAlarmed() && ready instanceof SampleValue.Known(double value, _) && value == 0
        ? new SampleValue.Known(0, Exactness.LOWER_BOUND)
        : ready;
  }

  private SampleValue total(OptionalLong count) {
    if (watch.ready() instanceof SampleValue.Unknown unknown) {
      return unknown;
    }
    if (count.isEmpty()) {
      return SampleValue.unknown(evidence.noTotals());
    }
    boolean isLive = evidence.kind() == QueueKind.CLASSIC;
    if (evidence.isAlarmed() && count.getAsLong() == 0) {
      return new SampleValue.Known(0, Exactness.LOWER_BOUND);
    }
    return new SampleValue.Known(count.getAsLong(), isLive ? Exactness.EXACT : Exactness.ESTIMATE);
  }

  private void counted(Sink sink) {
    QueueEvidence.Counted now = counted;
    long atNanos = now == null ? lookedAtNanos : now.atNanos();
    SampleValue publish = rate(QueueCounters::published);
    sink.add(
        ServedMetric.RABBITMQ_QUEUE_PUBLISHED_PER_SECOND,
        evidence.isAlarmed() && publish instanceof SampleValue.Known(double value, _)
            ? new SampleValue.Known(value, Exactness.LOWER_BOUND)
            : publish,
        atNanos);
    sink.add(
        ServedMetric.RABBITMQ_QUEUE_DELIVERED_PER_SECOND, rate(QueueCounters::delivered), atNanos);
    sink.add(
        ServedMetric.RABBITMQ_QUEUE_ACKNOWLEDGED_PER_SECOND,
        rate(QueueCounters::acknowledged),
        atNanos);
    sink.add(ServedMetric.RABBITMQ_QUEUE_DRAIN_SECONDS, drain(), lookedAtNanos);
    sink.add(ServedMetric.RABBITMQ_QUEUE_STUCK, stuck(), lookedAtNanos);
  }

  /** Counters of the management API and of channels that vanish miss a little. */
  private SampleValue rate(ToLongFunction<QueueCounters> counter) {
    if (watch.ready() instanceof SampleValue.Unknown unknown) {
      return unknown;
    }
    OptionalDouble rate = rates.perSecond(counter);
    return rate.isPresent()
        ? new SampleValue.Known(rate.getAsDouble(), Exactness.ESTIMATE)
        : SampleValue.unknown(
            counted == null ? UnknownReason.NOT_REPORTED : UnknownReason.STARTING);
  }

  private SampleValue drain() {
    return switch (watch.ready()) {
      case SampleValue.Unknown unknown -> unknown;
      case SampleValue.Known(double ready, _) when ready == 0 -> SampleValue.exact(0);
      case SampleValue.Known(double ready, _) -> {
        OptionalDouble rate = rates.perSecond(QueueCounters::firstDelivered);
        yield rate.isPresent() && rate.getAsDouble() > 0
            ? new SampleValue.Known(ready / rate.getAsDouble(), Exactness.ESTIMATE)
            : SampleValue.unknown(UnknownReason.NOT_REPORTED);
      }
    };
  }

  private SampleValue stuck() {
    if (watch.ready() instanceof SampleValue.Unknown unknown) {
      return unknown;
    }
    if (counted == null) {
      return SampleValue.unknown(UnknownReason.NOT_REPORTED);
    }
    Long since = idleSinceNanos;
    boolean isStuck = since != null && lookedAtNanos - since >= rules.stuckAfter().toNanos();
    return SampleValue.exact(isStuck ? 1 : 0);
  }
}
