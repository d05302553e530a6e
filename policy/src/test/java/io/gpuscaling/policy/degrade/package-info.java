@NullMarked
package io.gpuscaling.policy.degrade;

import org.jspecify.annotations.NullMarked;
