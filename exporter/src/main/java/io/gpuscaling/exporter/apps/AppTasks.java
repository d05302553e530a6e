package io.gpuscaling.exporter.apps;

import io.gpuscaling.core.metric.Exactness;

/** What a pod's application says of its running tasks. */
public record AppTasks(String namespace, String pod, double tasks, Exactness exactness) {}
