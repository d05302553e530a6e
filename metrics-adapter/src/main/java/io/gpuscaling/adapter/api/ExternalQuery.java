package io.gpuscaling.adapter.api;

import io.gpuscaling.adapter.api.selector.LabelSelector;

/**
 * What is asked of the external metrics API.
 *
 * @param namespace the namespace of the HPA, never empty; decides what is granted
 * @param metric the metric's name as it came: HPA clients send it in lower case
 * @param metricSelector picks items by their labels
 */
public record ExternalQuery(String namespace, String metric, LabelSelector metricSelector) {}
