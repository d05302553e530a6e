/**
 * Tells the exporter of a node which GPU tasks a Java worker runs: {@link
 * io.gpuscaling.lease.client.GpuTasks}.
 */
@NullMarked
package io.gpuscaling.lease.client;

import org.jspecify.annotations.NullMarked;
