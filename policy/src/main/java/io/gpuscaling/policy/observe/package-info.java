/** What an evaluation is told about the world: values with their age, or why there is none. */
@NullMarked
package io.gpuscaling.policy.observe;

import org.jspecify.annotations.NullMarked;
