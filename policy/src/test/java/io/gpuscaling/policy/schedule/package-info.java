@NullMarked
package io.gpuscaling.policy.schedule;

import org.jspecify.annotations.NullMarked;
