/**
 * A scaling policy as the engine reads it: checked, complete, every default filled in. The custom
 * resource and its words are in module {@code kubernetes}.
 */
@NullMarked
package io.gpuscaling.policy.spec;

import org.jspecify.annotations.NullMarked;
