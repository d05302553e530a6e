/** Depth and consumers of RabbitMQ queues by passive declare, and which zeros to believe. */
@NullMarked
package io.gpuscaling.exporter.rabbitmq;

import org.jspecify.annotations.NullMarked;
