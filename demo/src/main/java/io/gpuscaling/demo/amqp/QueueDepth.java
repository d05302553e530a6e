package io.gpuscaling.demo.amqp;

/**
 * What a passive declare answers.
 *
 * @param ready messages that wait for a consumer
 * @param consumers of the queue
 */
public record QueueDepth(int ready, int consumers) {}
