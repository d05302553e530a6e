/** A fleet of simulated exporters that speaks the ingest protocol. */
@NullMarked
package io.gpuscaling.benchmarks.fleet;

import org.jspecify.annotations.NullMarked;
