package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.source.SourceListener;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a source says of its broker: to its listener, its metrics and, when that changes, the log.
 * What was said stays said while the broker fails, and ages. Not for several threads.
 */
final class BrokerReport {

  private static final Logger LOG = LoggerFactory.getLogger(BrokerReport.class);

  /**
   * How a poll went.
   *
   * @param queues that are polled
   * @param notReached of them, for want of time
   * @param failure of some vhosts; null when there is none
   */
  record Poll(int queues, int notReached, ProbeResult.@Nullable Unavailable failure) {}

  private final String source;
  private final BrokerSettings broker;
  private final SourceListener listener;
  private final RabbitMetrics metrics;
  private List<Sample> lastSamples = List.of();
  private List<SourceFinding> findings = List.of();
  private @Nullable Long lastObservedAtNanos;
  private String lastOutcome = "";
  private int lastLeftOut;

  BrokerReport(
      String source, BrokerSettings broker, SourceListener listener, RabbitMetrics metrics) {
    this.source = source;
    this.broker = broker;
    this.listener = listener;
    this.metrics = metrics;
  }

  /** Nothing is known yet, or no more. */
  void starting() {
    lastObservedAtNanos = null;
    lastSamples = List.of();
    findings = List.of();
    publish(new SourceState.Starting());
  }

  /** Takes back what was said when that is stale: nobody observes the broker here any more. */
  void age(long nowNanos) {
    Long observedAtNanos = lastObservedAtNanos;
    if (observedAtNanos != null
        && nowNanos - observedAtNanos > StalenessLimits.DEFAULTS.queues().toNanos()) {
      starting();
    }
  }

  /** How the next poll goes is logged, whatever the last one was. */
  void forgetOutcome() {
    lastOutcome = "";
  }

  /** What the next look is found to lack; told with it. */
  void found(List<SourceFinding> newest) {
    findings = newest;
  }

  /** How many queues are polled, and how many more match patterns. */
  void queues(int polled, int leftOut, int most) {
    metrics.queues(broker.name(), polled, leftOut);
    if (leftOut != lastLeftOut) {
      lastLeftOut = leftOut;
      LOG.warn(
          "{}: {} queues that patterns match are left out: at most {} are polled",
          broker,
          leftOut,
          most);
    }
  }

  /**
   * The broker answered.
   *
   * @param observedAtNanos the earliest instant that the samples hold for
   * @param seconds that the poll took
   */
  void observed(Poll poll, List<Sample> samples, long observedAtNanos, double seconds) {
    lastObservedAtNanos = observedAtNanos;
    lastSamples = samples;
    ProbeResult.Unavailable failure = poll.failure();
    if (failure != null) {
      note(
          "partial",
          seconds,
          () -> LOG.warn("{}: some vhosts do not answer: {}", broker, failure.detail()));
    } else if (poll.notReached() > 0) {
      note(
          "late",
          seconds,
          () ->
              LOG.warn(
                  "{}: {} of {} queues could not be asked for in time",
                  broker,
                  poll.notReached(),
                  poll.queues()));
    } else {
      note("ok", seconds, () -> LOG.info("{}: {} queues polled", broker, poll.queues()));
    }
    publish(new SourceState.Ok(observedAtNanos));
  }

  /** The broker did not answer, or not with what is needed. */
  void failed(ProbeResult.Unavailable failure, double seconds) {
    UnknownReason reason = failure.reason();
    note(
        reason == UnknownReason.REFUSED ? "refused" : "unreachable",
        seconds,
        () -> LOG.warn("{}: {}", broker, failure.detail()));
    Long observedAtNanos = lastObservedAtNanos;
    publish(
        observedAtNanos == null
            ? new SourceState.NeverObserved(reason)
            : new SourceState.Failing(observedAtNanos, reason));
  }

  private void publish(SourceState state) {
    listener.publish(new SourceSnapshot(source, state, lastSamples, findings));
  }

  private void note(String outcome, double seconds, Runnable log) {
    metrics.polled(broker.name(), outcome, seconds);
    if (!outcome.equals(lastOutcome)) {
      lastOutcome = outcome;
      log.run();
    }
  }
}
