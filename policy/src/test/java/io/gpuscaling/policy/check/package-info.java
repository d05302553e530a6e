@NullMarked
package io.gpuscaling.policy.check;

import org.jspecify.annotations.NullMarked;
