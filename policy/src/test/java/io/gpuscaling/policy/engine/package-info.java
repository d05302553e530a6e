@NullMarked
package io.gpuscaling.policy.engine;

import org.jspecify.annotations.NullMarked;
