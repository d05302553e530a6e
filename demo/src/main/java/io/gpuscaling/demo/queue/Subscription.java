package io.gpuscaling.demo.queue;

import java.time.Duration;
import java.util.Optional;

/** One consumer, used by one worker; {@link #close} may be called by any thread. */
public interface Subscription extends AutoCloseable {

  /** Waits for the next message, at most so long; empty when none came or it was closed. */
  Optional<Delivery> next(Duration timeout) throws InterruptedException;

  /** Ends it: what it holds and has not acknowledged goes back into the queue. */
  @Override
  void close();
}
