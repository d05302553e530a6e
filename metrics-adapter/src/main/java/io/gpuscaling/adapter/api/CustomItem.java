package io.gpuscaling.adapter.api;

import java.time.Duration;

/**
 * One value of a custom metric.
 *
 * @param object whose value it is; no two items of an answer have the same
 * @param value finite, in the unit of the metric's name
 * @param age how long ago it was observed at its source, not negative
 */
public record CustomItem(DescribedObject object, double value, Duration age) {}
