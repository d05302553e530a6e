package io.gpuscaling.adapter.leader;

import java.time.Duration;
import java.util.Optional;

/** What a replica knows of who leads. Safe for use by any thread; never blocks. */
public interface Leadership {

  /** The only replica that there is. */
  Leadership ALONE =
      new Leadership() {
        @Override
        public boolean isHeld() {
          return true;
        }

        @Override
        public Optional<Duration> heartbeatAge() {
          return Optional.of(Duration.ZERO);
        }
      };

  /**
   * Whether this replica may act now. Ask right before each act: a process that was stopped finds
   * out here, not by being told.
   */
  boolean isHeld();

  /** How long ago the leader, whoever it is, gave its last sign of life; empty before the first. */
  Optional<Duration> heartbeatAge();
}
