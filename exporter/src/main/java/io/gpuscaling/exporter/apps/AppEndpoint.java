package io.gpuscaling.exporter.apps;

import io.gpuscaling.core.metric.Exactness;

/**
 * One kind of application, and where its pods say how many tasks run.
 *
 * @param name in metrics and logs
 * @param namespace of its pods; empty: any
 * @param selector of the labels of its pods
 * @param url of a pod's page
 * @param number which number of the page
 * @param exactness how that number stands to the running tasks
 */
public record AppEndpoint(
    String name,
    String namespace,
    String selector,
    AppUrl url,
    AppNumber number,
    Exactness exactness) {}
