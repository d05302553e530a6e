package io.gpuscaling.policy.hpa;

/**
 * One entry of {@code spec.metrics}.
 *
 * @param name tells it from the others of the HPA
 * @param target what it is compared with
 */
public record HpaMetric(String name, MetricTarget target) {}
