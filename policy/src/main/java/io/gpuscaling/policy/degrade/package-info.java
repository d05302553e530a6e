/** How far a service is degraded while it cannot scale, class by class. Pure. */
@NullMarked
package io.gpuscaling.policy.degrade;

import org.jspecify.annotations.NullMarked;
