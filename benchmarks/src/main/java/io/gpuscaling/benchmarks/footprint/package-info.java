/** Memory and start of the programs. */
@NullMarked
package io.gpuscaling.benchmarks.footprint;

import org.jspecify.annotations.NullMarked;
