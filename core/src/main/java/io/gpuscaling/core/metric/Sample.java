package io.gpuscaling.core.metric;

/**
 * One value of one series at one instant.
 *
 * @param series whose value it is
 * @param value the number, or why there is none
 * @param observedAtNanos when the source was observed to say so, on the {@link
 *     io.gpuscaling.core.time.Ticker} of this process
 */
public record Sample(SeriesKey series, SampleValue value, long observedAtNanos) {}
