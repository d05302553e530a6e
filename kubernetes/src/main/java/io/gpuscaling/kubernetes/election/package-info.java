/**
 * Which of several replicas acts: leader election by a Lease, apart from how Leases are reached.
 */
@NullMarked
package io.gpuscaling.kubernetes.election;

import org.jspecify.annotations.NullMarked;
