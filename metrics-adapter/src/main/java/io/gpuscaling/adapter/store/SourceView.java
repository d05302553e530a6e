package io.gpuscaling.adapter.store;

import io.gpuscaling.core.metric.UnknownReason;
import org.jspecify.annotations.Nullable;

/**
 * How a source of a contributor stands, on the adapter's own clock.
 *
 * @param observed whether there has been a complete observation; the instant means something only
 *     then
 * @param observedAtNanos when the last complete observation was made
 * @param failure why the last try failed, or null when it did not
 */
public record SourceView(boolean observed, long observedAtNanos, @Nullable UnknownReason failure) {

  /** A source that has not said anything. */
  public static final SourceView STARTING = new SourceView(false, 0, null);
}
