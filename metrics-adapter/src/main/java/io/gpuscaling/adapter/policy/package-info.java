/**
 * Scaling policies at work: what each is told, when it is evaluated, who may act, and what is
 * served of it. The deciding itself is in {@code io.gpuscaling.policy}; what blocks is behind
 * ports.
 */
@NullMarked
package io.gpuscaling.adapter.policy;

import org.jspecify.annotations.NullMarked;
