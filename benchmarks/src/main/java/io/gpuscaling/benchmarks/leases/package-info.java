/** Leases of tasks, from a worker's call to an answer of the metrics API. */
@NullMarked
package io.gpuscaling.benchmarks.leases;

import org.jspecify.annotations.NullMarked;
