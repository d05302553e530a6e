/** What the engine remembers from one evaluation to the next. Bounded by the policy's windows. */
@NullMarked
package io.gpuscaling.policy.state;

import org.jspecify.annotations.NullMarked;
