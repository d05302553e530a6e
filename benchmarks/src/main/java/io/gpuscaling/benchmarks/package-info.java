/** Measurements of both programs; the entry point of {@code benchmarks/run}. */
@NullMarked
package io.gpuscaling.benchmarks;

import org.jspecify.annotations.NullMarked;
