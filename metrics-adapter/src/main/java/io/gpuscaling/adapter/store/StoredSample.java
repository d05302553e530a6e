package io.gpuscaling.adapter.store;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SelectableLabels;

/**
 * The newest sample of a series.
 *
 * @param labels the series' labels; with {@code node} for the series of a node. What tells series
 *     apart
 * @param selectable the labels as an HPA can select them: the same but where a value has an alias
 * @param value the number, or why there is none
 * @param source the name of the source that it comes from
 * @param observedAtNanos when it was observed, on the adapter's own clock; a series without a
 *     change is as fresh as its source, see {@link ContributorSnapshot#observedAtNanos}
 */
public record StoredSample(
    Labels labels, Labels selectable, SampleValue value, String source, long observedAtNanos) {

  /** With the aliases of its labels. */
  public StoredSample(Labels labels, SampleValue value, String source, long observedAtNanos) {
    this(labels, SelectableLabels.of(labels), value, source, observedAtNanos);
  }

  /** A newer sample of the same series. */
  StoredSample with(SampleValue newer, long newerObservedAtNanos) {
    return new StoredSample(labels, selectable, newer, source, newerObservedAtNanos);
  }
}
