package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.leader.Leadership;
import io.gpuscaling.adapter.policy.ScaleReader.Replicas;
import io.gpuscaling.adapter.policy.StatusStore.Outcome;
import io.gpuscaling.policy.spec.ScaleTarget;
import io.gpuscaling.policy.state.Pending;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Writes what the leader has decided, apart from the thread that decides. An action is looked at
 * once more before: is this replica still the leader, is the target still as it was thought to be.
 */
final class StatusWrites {

  /** Writes at a time; the API server limits each client too. */
  private static final int MAX_CONCURRENT = 16;

  private final StatusStore store;
  private final ScaleReader scales;
  private final Leadership leadership;
  private final Semaphore turns = new Semaphore(MAX_CONCURRENT);

  StatusWrites(StatusStore store, ScaleReader scales, Leadership leadership) {
    this.store = store;
    this.scales = scales;
    this.leadership = leadership;
  }

  /**
   * Writes, and blocks meanwhile.
   *
   * @param target whose replicas a new action was decided upon
   * @param replicas those that were seen then
   */
  Outcome write(
      PolicyObject object, RecordedStatus status, Optional<ScaleTarget> target, int replicas)
      throws InterruptedException {
    turns.acquire();
    try {
      Optional<Pending> next = status.actions().pending();
      if (target.isPresent() && next.isPresent() && !next.equals(before(object))) {
        switch (scales.read(object.name().namespace(), target.get())) {
          case Replicas.Known(int now) when now == replicas -> {
            // As it was when the action was decided.
          }
          case Replicas.Known(int now) -> {
            return new Outcome.Failed(
                "the target has " + now + " replicas by now, not " + replicas);
          }
          case Replicas.Unknown(String sentence) -> {
            return new Outcome.Failed(sentence);
          }
        }
      }
      // As late as can be: a process may be stopped anywhere. What comes too late all the same
      // meets a version that somebody else has written.
      return leadership.isHeld()
          ? store.write(object, status)
          : new Outcome.Failed("another replica leads by now");
    } finally {
      turns.release();
    }
  }

  private static Optional<Pending> before(PolicyObject object) {
    return object.status().actions().pending();
  }
}
