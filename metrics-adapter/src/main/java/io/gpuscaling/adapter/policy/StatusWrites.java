package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.leader.Leadership;
import io.gpuscaling.adapter.policy.ScaleReader.Replicas;
import io.gpuscaling.adapter.policy.StatusStore.Outcome;
import io.gpuscaling.policy.spec.ScaleTarget;
import io.gpuscaling.policy.state.Pending;
import java.util.List;
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
  private final DeletionOrders deletions;
  private final Semaphore turns = new Semaphore(MAX_CONCURRENT);

  StatusWrites(
      StatusStore store, ScaleReader scales, Leadership leadership, DeletionOrders deletions) {
    this.deletions = deletions;
    this.store = store;
    this.scales = scales;
    this.leadership = leadership;
  }

  /**
   * What a new action was decided upon.
   *
   * @param target whose replicas they are
   * @param replicas those that were seen then
   * @param firstToGo pods that are to go first, where some go
   */
  record Basis(ScaleTarget target, int replicas, List<String> firstToGo) {}

  /**
   * Writes, and blocks meanwhile.
   *
   * @param basis of a new action; empty when there can be none
   */
  Outcome write(PolicyObject object, RecordedStatus status, Optional<Basis> basis)
      throws InterruptedException {
    turns.acquire();
    try {
      Optional<Pending> next = status.actions().pending();
      if (basis.isPresent() && next.isPresent() && !next.equals(before(object))) {
        String namespace = object.name().namespace();
        int replicas = basis.get().replicas();
        switch (scales.read(namespace, basis.get().target())) {
          case Replicas.Known(int now) when now == replicas ->
              deletions.choose(namespace, basis.get().firstToGo());
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
