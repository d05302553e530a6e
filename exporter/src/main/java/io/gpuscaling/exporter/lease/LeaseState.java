package io.gpuscaling.exporter.lease;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a registry knows at one instant, without its clock: times are from that instant on.
 * Immutable. It holds no credentials: those are never kept.
 *
 * @param ended tasks that a late renewal must not bring back
 * @param draining pods that are being taken away
 */
record LeaseState(List<HeldSession> sessions, List<EndedTask> ended, List<DrainingPod> draining) {

  /** Copies the lists. */
  LeaseState {
    sessions = List.copyOf(sessions);
    ended = List.copyOf(ended);
    draining = List.copyOf(draining);
  }

  /** Whether nobody has said anything that is still known. */
  boolean isEmpty() {
    return sessions.isEmpty() && ended.isEmpty() && draining.isEmpty();
  }

  /**
   * A live session.
   *
   * @param leftNanos until it ends, unless it is renewed
   */
  record HeldSession(PodIdentity pod, String id, long leftNanos, List<HeldTask> tasks) {

    /** Copies the list. */
    HeldSession {
      tasks = List.copyOf(tasks);
    }
  }

  /**
   * A running task.
   *
   * @param ranNanos since it was started, where that is known
   * @param leftNanos until it ends, unless it is renewed
   */
  record HeldTask(
      String id, String taskClass, String queue, OptionalLong ranNanos, long leftNanos) {}

  /** A task that has ended, and how long that is remembered. */
  record EndedTask(PodIdentity pod, String id, long leftNanos) {}

  /** A pod that is being taken away, and how long that is remembered. */
  record DrainingPod(PodIdentity pod, long leftNanos) {}
}
