package io.gpuscaling.lease.client;

import io.gpuscaling.proto.v1.Outcome;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A running task. Ended once: by {@link #end}, or by {@link #close} with the outcome {@code ok}.
 * Safe for use by any thread; nothing here waits or throws.
 */
public final class GpuTask implements AutoCloseable {

  private final Consumer<Outcome> whenEnded;
  private final AtomicBoolean ended = new AtomicBoolean();

  GpuTask(Consumer<Outcome> whenEnded) {
    this.whenEnded = whenEnded;
  }

  /** Ends it; ending it again does nothing. */
  public void end(Outcome outcome) {
    if (ended.compareAndSet(false, true)) {
      whenEnded.accept(outcome);
    }
  }

  @Override
  public void close() {
    end(Outcome.OUTCOME_OK);
  }
}
