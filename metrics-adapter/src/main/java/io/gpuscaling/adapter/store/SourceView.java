package io.gpuscaling.adapter.store;

import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.UnknownReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a source of a contributor stands, on the adapter's own clock.
 *
 * @param observed whether there has been a complete observation; the instant means something only
 *     then
 * @param observedAtNanos when the last complete observation was made
 * @param failure why the last try failed, or null when it did not
 * @param findings what it finds wrong on the other side; null when the contributor does not look
 */
public record SourceView(
    boolean observed,
    long observedAtNanos,
    @Nullable UnknownReason failure,
    @Nullable List<SourceFinding> findings) {

  /** A source that has not said anything. */
  public static final SourceView STARTING = new SourceView(false, 0, null);

  /** One of a contributor that does not look what is wrong on the other side. */
  public SourceView(boolean observed, long observedAtNanos, @Nullable UnknownReason failure) {
    this(observed, observedAtNanos, failure, null);
  }

  /** Copies the list. */
  public SourceView {
    findings = findings == null ? null : List.copyOf(findings);
  }
}
