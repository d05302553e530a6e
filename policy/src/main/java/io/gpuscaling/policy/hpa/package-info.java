/**
 * What the HorizontalPodAutoscaler of Kubernetes 1.32 to 1.36 makes of a value, step by step. Pure:
 * no clock, thread, log or I/O.
 */
@NullMarked
package io.gpuscaling.policy.hpa;

import org.jspecify.annotations.NullMarked;
