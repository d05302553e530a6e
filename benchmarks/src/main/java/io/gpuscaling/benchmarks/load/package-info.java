/** Requests over one HTTP/2 connection, and what they cost. */
@NullMarked
package io.gpuscaling.benchmarks.load;

import org.jspecify.annotations.NullMarked;
