package io.gpuscaling.demo.story;

import io.gpuscaling.demo.amqp.QueueDepth;
import io.gpuscaling.demo.api.ApiAnswer;
import java.util.List;

/**
 * One look at the world and at what is said of it.
 *
 * @param seconds since the start
 * @param queue the queue as it is
 * @param tasks running on each node as it is
 * @param ready what the API says of waiting messages
 * @param busy what it says of busy workers
 * @param tasksPerNode what it says of tasks
 * @param vram what it says of used memory
 * @param desired what it says that the policy wants
 */
public record Observation(
    long seconds,
    QueueDepth queue,
    List<Integer> tasks,
    ApiAnswer ready,
    ApiAnswer busy,
    ApiAnswer tasksPerNode,
    ApiAnswer vram,
    ApiAnswer desired) {

  /** Copies. */
  public Observation {
    tasks = List.copyOf(tasks);
  }
}
