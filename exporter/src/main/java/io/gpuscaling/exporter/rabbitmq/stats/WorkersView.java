package io.gpuscaling.exporter.rabbitmq.stats;

import java.util.List;

/**
 * What the workers of a broker have. Immutable.
 *
 * @param atNanos when the broker was asked; its statistics are up to 5 s older
 * @param workers those of which it is known, in order; of all others nobody knows
 * @param leftOut further ones, for which there is no room
 */
public record WorkersView(long atNanos, List<WorkerUnacked> workers, int leftOut) {

  /** Nothing is known. */
  public static final WorkersView NONE = new WorkersView(0, List.of(), 0);

  /** Copies the list. */
  public WorkersView {
    workers = List.copyOf(workers);
  }
}
