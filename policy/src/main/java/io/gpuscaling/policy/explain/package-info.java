/** The words for what the engine did: the same in status, events, command line and replay. */
@NullMarked
package io.gpuscaling.policy.explain;

import org.jspecify.annotations.NullMarked;
