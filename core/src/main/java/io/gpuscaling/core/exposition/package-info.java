/** The Prometheus text format 0.0.4: a lenient, counting reader and a strict writer. */
@NullMarked
package io.gpuscaling.core.exposition;

import org.jspecify.annotations.NullMarked;
