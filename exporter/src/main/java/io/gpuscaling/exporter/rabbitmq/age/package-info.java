/**
 * How old the oldest ready message of a queue is, from counters and depth alone: pure, with bounded
 * memory for each queue, and apart from every way of asking a broker.
 */
@NullMarked
package io.gpuscaling.exporter.rabbitmq.age;

import org.jspecify.annotations.NullMarked;
