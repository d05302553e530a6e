/** Holds the contracts to their own rules. */
@NullMarked
package io.gpuscaling.proto.v1;

import org.jspecify.annotations.NullMarked;
