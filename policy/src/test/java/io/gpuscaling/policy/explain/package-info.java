@NullMarked
package io.gpuscaling.policy.explain;

import org.jspecify.annotations.NullMarked;
