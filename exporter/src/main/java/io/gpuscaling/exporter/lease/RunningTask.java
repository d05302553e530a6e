package io.gpuscaling.exporter.lease;

/**
 * What a worker tells of a task.
 *
 * @param id unique in its pod
 * @param taskClass what kind of work, or the empty text
 * @param queue where it came from, or the empty text
 */
record RunningTask(String id, String taskClass, String queue) {}
