/** Divides the GPUs of a pool among policies, in one pass. Pure. */
@NullMarked
package io.gpuscaling.policy.pool;

import org.jspecify.annotations.NullMarked;
