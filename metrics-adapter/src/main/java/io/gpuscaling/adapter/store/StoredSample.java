package io.gpuscaling.adapter.store;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;

/**
 * The newest sample of a series.
 *
 * @param labels the series' labels; with {@code node} for the series of a node
 * @param value the number, or why there is none
 * @param source the name of the source that it comes from
 * @param observedAtNanos when it was observed, on the adapter's own clock; a series without a
 *     change is as fresh as its source, see {@link ContributorSnapshot#observedAtNanos}
 */
public record StoredSample(Labels labels, SampleValue value, String source, long observedAtNanos) {}
