/**
 * The custom resources {@code ScalingPolicy}, {@code GpuPool} and {@code ScalingProfile}: their
 * fields, their way to an engine policy, and the way of decisions to their status. Pure: no call
 * leaves this package.
 */
@NullMarked
package io.gpuscaling.kubernetes.policy;

import org.jspecify.annotations.NullMarked;
