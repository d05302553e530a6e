package io.gpuscaling.core.metric;

/**
 * How a source of samples stands. Instants are on the {@link io.gpuscaling.core.time.Ticker} of
 * this process.
 */
public sealed interface SourceState {

  /** No complete observation yet, and no failure either. */
  record Starting() implements SourceState {}

  /** The last try gave a complete observation, made at this instant. */
  record Ok(long observedAtNanos) implements SourceState {}

  /** The last try failed; the last complete observation was made at this instant. */
  record Failing(long observedAtNanos, UnknownReason reason) implements SourceState {}

  /** The last try failed and there has never been a complete observation. */
  record NeverObserved(UnknownReason reason) implements SourceState {}
}
