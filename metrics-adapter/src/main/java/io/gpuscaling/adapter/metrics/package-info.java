/**
 * Answers queries from the store and the cluster: what is fresh, complete, granted and may be added
 * up.
 */
@NullMarked
package io.gpuscaling.adapter.metrics;

import org.jspecify.annotations.NullMarked;
