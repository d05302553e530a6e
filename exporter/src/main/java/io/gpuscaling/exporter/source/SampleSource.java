package io.gpuscaling.exporter.source;

/**
 * Something that observes and publishes to the {@link SourceListener} that it was created with.
 * Safe for use by any thread.
 */
public interface SampleSource extends AutoCloseable {

  /** Its name, as in the snapshots that it publishes: {@code dcgm}. */
  String name();

  /**
   * Publishes {@link io.gpuscaling.core.metric.SourceState.Starting} and begins to observe, on a
   * thread of its own.
   *
   * @throws IllegalStateException when called twice or after {@link #close}
   */
  void start();

  /** Ends the observing and waits for it, but not long. Nothing is published afterwards. */
  @Override
  void close();
}
