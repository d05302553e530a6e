package io.gpuscaling.adapter.api;

/**
 * The Kubernetes object that a custom metric's value is about.
 *
 * @param apiVersion {@code v1}, {@code apps/v1}
 * @param kind {@code Pod}, {@code Deployment}
 * @param namespace empty for an object without one
 * @param name its name
 */
public record DescribedObject(String apiVersion, String kind, String namespace, String name) {}
