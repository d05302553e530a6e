/** How many replicas a GpuPool grants to each of its policies. */
@NullMarked
package io.gpuscaling.adapter.pool;

import org.jspecify.annotations.NullMarked;
