/** Time as an argument. */
@NullMarked
package io.gpuscaling.core.time;

import org.jspecify.annotations.NullMarked;
