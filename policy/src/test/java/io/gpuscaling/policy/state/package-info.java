@NullMarked
package io.gpuscaling.policy.state;

import org.jspecify.annotations.NullMarked;
