package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.policy.PolicyRun.Write;
import io.gpuscaling.adapter.policy.StatusDraft.Urgency;
import io.gpuscaling.adapter.policy.StatusStore.Outcome;
import io.gpuscaling.adapter.policy.StatusWrites.Basis;
import io.gpuscaling.policy.engine.TargetEvent;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has statuses written, one at a time for a policy, and takes in what became of it. Of the
 * evaluator's thread alone; the writes themselves are made by others.
 */
final class PolicyRecorder {

  private static final Logger log = LoggerFactory.getLogger(PolicyRecorder.class);

  /** After a write that failed, for the policy that it was about. */
  private static final Duration WRITE_PAUSE = Duration.ofSeconds(1);

  private final StatusWrites writes;
  private final Executor threads;
  private final PolicyNews news;
  private final PolicyMetrics counts;
  private final PolicyEffects effects;
  private final WriteBudget budget;

  /**
   * @param threads for the writes, which block
   * @param budget of writes that may wait
   */
  PolicyRecorder(
      StatusWrites writes,
      Executor threads,
      PolicyNews news,
      PolicyMetrics counts,
      PolicyEffects effects,
      WriteBudget budget) {
    this.writes = writes;
    this.threads = threads;
    this.news = news;
    this.counts = counts;
    this.effects = effects;
    this.budget = budget;
  }

  /** Has a status written, if it says something new and may be written now. */
  void write(
      PolicyRun run,
      RecordedStatus status,
      List<TargetEvent> events,
      Optional<Basis> basis,
      long nowNanos) {
    Urgency urgency = StatusDraft.urgency(run.object().status(), status);
    boolean isWanted =
        switch (urgency) {
          case NONE -> false;
          case NOW -> run.mayWrite(nowNanos);
          case LATER -> run.mayWrite(nowNanos) && budget.take(nowNanos);
        };
    if (!isWanted) {
      return;
    }
    PolicyObject object = run.object();
    Write write = new Write(object, status, events, new AtomicReference<>());
    run.writing(write);
    threads.execute(() -> {
      try {
        write.outcome().set(writes.write(object, status, basis));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        write.outcome().set(new Outcome.Failed("the adapter ends"));
      } catch (RuntimeException e) {
        log.atError().setCause(e).log("a policy's status could not be written");
        write.outcome().set(new Outcome.Failed(e.getClass().getSimpleName()));
      }
    });
  }

  /** What has become of a write. */
  void take(PolicyRun run, long nowNanos) {
    Write done = run.takeWritten();
    if (done == null) {
      return;
    }
    Outcome outcome = Objects.requireNonNull(done.outcome().get());
    counts.written(outcome);
    PolicyObject before = done.before(); // the watch may have brought what was written already
    switch (outcome) {
      case Outcome.Written(PolicyObject object) -> {
        run.written();
        run.adopt(object);
        Tidings.tell(news, before, object, done.events());
        done.events().forEach(counts::happened);
        done.events().forEach(effects::happened);
        object
            .status()
            .actions()
            .pending()
            .filter(it -> !before.status().actions().pending().equals(Optional.of(it)))
            .ifPresent(it -> counts.decided(it.isUp()));
      }
      case Outcome.Conflict() -> {
        // Somebody else has written: the watch brings it, and the next evaluation goes from there.
        var _ = run.holdWrites(nowNanos + WRITE_PAUSE.toNanos(), "conflict");
      }
      case Outcome.Failed(String sentence) -> {
        if (run.holdWrites(nowNanos + WRITE_PAUSE.toNanos(), sentence)) {
          log.atWarn()
              .addKeyValue("policy", before.name())
              .addKeyValue("reason", sentence)
              .log("a decision could not be written, and is not served");
        }
      }
    }
  }
}
