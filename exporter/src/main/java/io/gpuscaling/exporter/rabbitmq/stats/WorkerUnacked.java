package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.core.metric.SampleValue;

/**
 * What one worker has of the watched queues.
 *
 * @param worker whose connections
 * @param sinceSeconds when the oldest of them was made, by the broker's clock: Unix seconds
 * @param messages that it has not acknowledged, with how they stand to its running tasks
 */
public record WorkerUnacked(WorkerId worker, long sinceSeconds, SampleValue.Known messages) {}
