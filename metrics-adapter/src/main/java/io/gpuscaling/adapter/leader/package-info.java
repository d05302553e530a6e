/**
 * Which replica may act: the holder of a Lease, by its own monotonic clock. Knows neither the
 * cluster's client nor what the leader does.
 */
@NullMarked
package io.gpuscaling.adapter.leader;

import org.jspecify.annotations.NullMarked;
