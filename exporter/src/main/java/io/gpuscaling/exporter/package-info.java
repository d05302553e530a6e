/**
 * The exporter: reads GPUs, tasks and queues, shows them on /metrics and streams them to the
 * adapters. main and the page that wires the program.
 */
@NullMarked
package io.gpuscaling.exporter;

import org.jspecify.annotations.NullMarked;
