/** Starting and stopping in order. */
@NullMarked
package io.gpuscaling.core.lifecycle;

import org.jspecify.annotations.NullMarked;
