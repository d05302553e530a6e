package io.gpuscaling.exporter.source;

import io.gpuscaling.core.metric.SourceSnapshot;

/** Where sources publish what they say. */
@FunctionalInterface
public interface SourceListener {

  /**
   * Replaces what the source of that name said before. Called on the source's thread after each of
   * its tries, for one source never twice at once: must return soon and must not do I/O.
   */
  void publish(SourceSnapshot snapshot);
}
