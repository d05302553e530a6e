/**
 * GPUs and the processes on them by NVIDIA's management library, which the driver brings along. Its
 * absence is normal. Native calls are made on one thread of their own, with a deadline.
 */
@NullMarked
package io.gpuscaling.exporter.nvml;

import org.jspecify.annotations.NullMarked;
