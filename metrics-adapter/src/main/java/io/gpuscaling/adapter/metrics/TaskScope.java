package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.selector.LabelSelector;
import java.util.function.Predicate;

/**
 * Whose tasks are asked for.
 *
 * @param pods which pods' tasks
 * @param isForSomePods whether {@code pods} or the selector names pods or workloads; only then
 *     nodes without any of them cannot make the answer unknown
 * @param selector conditions on the series' labels
 */
record TaskScope(
    Predicate<ClusterSnapshot.Pod> pods, boolean isForSomePods, LabelSelector selector) {}
