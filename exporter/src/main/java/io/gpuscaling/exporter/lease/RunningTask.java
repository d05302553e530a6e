package io.gpuscaling.exporter.lease;

import java.time.Duration;
import java.util.Optional;

/**
 * What a worker tells of a task.
 *
 * @param id unique in its pod
 * @param taskClass what kind of work, or the empty text
 * @param queue where it came from, or the empty text
 * @param waited how long it had waited there when it began, if the worker knows
 */
record RunningTask(String id, String taskClass, String queue, Optional<Duration> waited) {

  /** Of which nobody knows how long it had waited. */
  RunningTask(String id, String taskClass, String queue) {
    this(id, taskClass, queue, Optional.empty());
  }
}
