package io.gpuscaling.adapter.pool;

import io.gpuscaling.policy.spec.PolicyName;
import java.util.SortedMap;

/**
 * What a pool has at one instant, and what is asked of it.
 *
 * @param use of its GPUs
 * @param nodes that have its labels
 * @param nodesWithGpus of those, such as have GPUs of its resources, fit or not
 * @param offeredGpus what its nodes that take pods have, less what is not fit for work
 * @param minimums GPUs that its policies keep whatever happens, by policy, now
 */
public record PoolAccount(
    PoolUse use,
    int nodes,
    int nodesWithGpus,
    long offeredGpus,
    SortedMap<PolicyName, Long> minimums) {}
