package io.gpuscaling.adapter.leader;

import java.time.Instant;

/**
 * What stands in a Lease.
 *
 * @param holder who leads; empty when nobody does
 * @param renewedAt by the holder's wall clock: only ever compared for equality
 * @param transitions how often it changed hands
 */
public record LeaseRecord(String holder, Instant renewedAt, int transitions) {}
