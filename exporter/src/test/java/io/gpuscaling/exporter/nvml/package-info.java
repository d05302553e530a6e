/** Tests of the reader of NVIDIA's management library, against one that they compile. */
@NullMarked
package io.gpuscaling.exporter.nvml;

import org.jspecify.annotations.NullMarked;
