package io.gpuscaling.adapter.pool;

/**
 * The GPUs of a pool at one instant.
 *
 * @param size those that it has: the least of the limit and what its nodes offer
 * @param used those that pods on its nodes request, and those that policies have decided upon
 */
public record PoolUse(long size, long used) {}
