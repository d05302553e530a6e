@NullMarked
package io.gpuscaling.policy.spec;

import org.jspecify.annotations.NullMarked;
