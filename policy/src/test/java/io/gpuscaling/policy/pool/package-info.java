@NullMarked
package io.gpuscaling.policy.pool;

import org.jspecify.annotations.NullMarked;
