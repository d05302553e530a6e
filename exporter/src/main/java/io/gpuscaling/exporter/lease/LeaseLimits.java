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

  /** Pods that are being taken away; the mark that was made first is forgotten first. */
  static final int MAX_DRAINING_PODS = 1_024;

  /** Connections to each of the two doors, gRPC and HTTP; what comes then is closed. */
  static final int MAX_CONNECTIONS = 2_048;

  /** Requests by HTTP that are worked on at a time; more are answered 503. */
  static final int MAX_REQUESTS_IN_FLIGHT = 128;

  /**
   * Series of counts of times, each a pod's bucket. A stream may have 20,000 series in all; the
   * tasks of a class take about 20 buckets.
   */
  static final int MAX_TIME_SERIES = 4_096;

  /** Pairs of namespace and class by which results are counted for Prometheus. */
  static final int MAX_RESULT_KINDS = 256;

  /** The longest time of a task that is believed. */
  static final Duration MAX_TASK_TIME = Duration.ofDays(7);

  /** Bytes of one request: 1,024 tasks with the longest texts. */
  static final int MAX_MESSAGE_BYTES = 1 << 20;

  /** The shortest time to live that can be configured. */
  static final Duration MIN_TIME_TO_LIVE = Duration.ofSeconds(1);

  /** The longest: for so long a killed worker may be counted. */
  static final Duration MAX_TIME_TO_LIVE = Duration.ofMinutes(10);

  private LeaseLimits() {}
}
