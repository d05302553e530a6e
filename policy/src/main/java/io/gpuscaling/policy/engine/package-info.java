/**
 * Decides: {@code (policy, observations, state, now) → (decision, state)}. Pure: no clock, thread,
 * log or I/O. Every decision carries its explanation as data.
 */
@NullMarked
package io.gpuscaling.policy.engine;

import org.jspecify.annotations.NullMarked;
