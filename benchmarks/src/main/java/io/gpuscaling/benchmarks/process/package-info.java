/** The programs as processes, and what the system says of them. */
@NullMarked
package io.gpuscaling.benchmarks.process;

import org.jspecify.annotations.NullMarked;
