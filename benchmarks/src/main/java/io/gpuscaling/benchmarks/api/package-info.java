/** Our API server and the reference library's, side by side in one run. */
@NullMarked
package io.gpuscaling.benchmarks.api;

import org.jspecify.annotations.NullMarked;
