package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;

/**
 * What is believed of one queue, and when to ask for it again. Instants are arguments, so that it
 * has no clock. Not for several threads.
 *
 * <p>A quorum queue without a leader answers (0 ready, 0 consumers), as does an empty one that
 * nobody consumes. So that pair is believed only when it has been the only answer for {@link
 * #MIN_ZERO_ANSWERS} polls and the confirmation time; until then both values are unknown. Lost
 * leaders were measured to be back within half a second after a crash; a hung one answers so for
 * longer, and one without a majority for as long as that lasts: so where there is a second source,
 * it decides instead of time. (0 ready, n consumers) needs a leader and is believed at once.
 */
final class QueueWatch {

  /** Of (0, 0) in a row. */
  static final int MIN_ZERO_ANSWERS = 3;

  private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(1);

  private final Duration zeroConfirmation;
  private SampleValue ready = SampleValue.unknown(UnknownReason.STARTING);
  private SampleValue consumers = SampleValue.unknown(UnknownReason.STARTING);
  private long observedAtNanos;
  private int zeroAnswers;
  private boolean isConfirmed;
  private long confirmedAtNanos;
  private long firstZeroAtNanos;
  private int problemsInARow;
  private long notBeforeNanos;
  private boolean isSilent;

  QueueWatch(Duration zeroConfirmation, long nowNanos) {
    this.zeroConfirmation = zeroConfirmation;
    this.observedAtNanos = nowNanos;
    this.notBeforeNanos = nowNanos;
  }

  /** Whether the queue may be asked for: not while it is left alone after a problem. */
  boolean isDue(long nowNanos) {
    return nowNanos - notBeforeNanos >= 0;
  }

  /** Whether the last question had no answer in time. */
  boolean isSilent() {
    return isSilent;
  }

  /** Takes an answer that was asked for at this instant. */
  void observe(QueueAnswer answer, SecondOpinion opinion, long nowNanos) {
    observedAtNanos = nowNanos;
    isSilent =
        answer instanceof QueueAnswer.None(QueueProblem problem) && problem == QueueProblem.TIMEOUT;
    switch (answer) {
      case QueueAnswer.Depth(long messagesReady, long consumerCount) -> {
        problemsInARow = 0;
        if (messagesReady == 0 && consumerCount == 0 && !isZeroConfirmed(opinion, nowNanos)) {
          set(SampleValue.unknown(UnknownReason.UNCONFIRMED));
          return;
        }
        if (messagesReady > 0 || consumerCount > 0) {
          restart();
        }
        ready = SampleValue.exact((double) messagesReady);
        consumers = SampleValue.exact((double) consumerCount);
      }
      case QueueAnswer.None(QueueProblem problem) -> {
        restart();
        set(SampleValue.unknown(problem.reason()));
        notBeforeNanos = nowNanos + backOffNanos(problem);
        problemsInARow++;
      }
    }
  }

  /** The connection was lost: nothing is known, and what follows must be confirmed anew. */
  void lose(UnknownReason reason, long nowNanos) {
    observedAtNanos = nowNanos;
    restart();
    set(SampleValue.unknown(reason));
    notBeforeNanos = nowNanos;
    problemsInARow = 0;
    isSilent = false;
  }

  private void restart() {
    zeroAnswers = 0;
    isConfirmed = false;
  }

  /** Messages ready, or why they are unknown. */
  SampleValue ready() {
    return ready;
  }

  /** Consumers, or why they are unknown. */
  SampleValue consumers() {
    return consumers;
  }

  /** When the last answer was asked for. */
  long observedAtNanos() {
    return observedAtNanos;
  }

  /** Whether the queue has said nothing but (0, 0) since this instant or before. */
  boolean isZeroSince(long nanos) {
    return zeroAnswers > 0 && nanos - firstZeroAtNanos >= 0;
  }

  private boolean isZeroConfirmed(SecondOpinion opinion, long nowNanos) {
    if (zeroAnswers == 0) {
      firstZeroAtNanos = nowNanos;
    }
    if (zeroAnswers < MIN_ZERO_ANSWERS) {
      zeroAnswers++;
    }
    return switch (opinion) {
      case NONE ->
          zeroAnswers >= MIN_ZERO_ANSWERS
              && nowNanos - firstZeroAtNanos > zeroConfirmation.toNanos();
      case EMPTY -> {
        isConfirmed = true;
        confirmedAtNanos = nowNanos;
        yield true;
      }
      case SILENT -> isConfirmed && nowNanos - confirmedAtNanos <= zeroConfirmation.toNanos();
      case DOUBTFUL -> {
        isConfirmed = false;
        yield false;
      }
    };
  }

  private long backOffNanos(QueueProblem problem) {
    long longest = problem.longestBackOff().toNanos();
    long doubled = FIRST_BACK_OFF.toNanos() << Math.min(problemsInARow, 10);
    return Math.min(doubled, longest);
  }

  private void set(SampleValue both) {
    ready = both;
    consumers = both;
  }
}
