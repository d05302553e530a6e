package io.gpuscaling.demo.story;

/** Where the story is. */
public enum Phase {
  /** The exporters have not heard of all workers yet: the API says unknown. */
  STARTING,
  /** Everything is known and nothing to do. */
  IDLE,
  /** Messages have arrived and the HPA raises the replicas. */
  SCALING_UP,
  /** As many workers as allowed drain the queue. */
  DRAINING,
  /** No message waits, and workers run on. */
  BUSY_FLOOR,
  /** No task runs: the stabilization window passes. */
  COOLING,
  /** Back at the minimum. */
  DONE
}
