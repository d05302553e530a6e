/** Simulated GPUs, shown as dcgm-exporter shows them. */
@NullMarked
package io.gpuscaling.demo.gpu;

import org.jspecify.annotations.NullMarked;
