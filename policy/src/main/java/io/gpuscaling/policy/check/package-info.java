/** Whether the figures of a policy can carry a load that somebody expects. Pure. */
@NullMarked
package io.gpuscaling.policy.check;

import org.jspecify.annotations.NullMarked;
