package io.gpuscaling.exporter.lease;

import java.time.Duration;

/** Bounds of the lease service; the same as those written in {@code leases.proto}. */
final class LeaseLimits {

  /**
   * Sessions on one node. Kubernetes runs 110 pods on a node by default; several processes in each.
   */
  static final int MAX_SESSIONS = 1_024;

  /** Running tasks of one session. */
  static final int MAX_TASKS_PER_SESSION = 1_024;

  /** Running tasks on one node. */
  static final int MAX_TASKS = 16_384;

  /**
   * Different pairs of queue and class in one pod that are counted apart: each is a series. Tasks
   * of any more are counted without queue and class.
   */
  static final int MAX_GROUPS_PER_POD = 64;

  /** Ended tasks that are remembered; the oldest is forgotten first. */
  static final int MAX_TOMBSTONES = 16_384;

  /** Bytes of one request: 1,024 tasks with the longest texts. */
  static final int MAX_MESSAGE_BYTES = 1 << 20;

  /** The shortest time to live that can be configured. */
  static final Duration MIN_TIME_TO_LIVE = Duration.ofSeconds(1);

  /** The longest: for so long a killed worker may be counted. */
  static final Duration MAX_TIME_TO_LIVE = Duration.ofMinutes(10);

  private LeaseLimits() {}
}
