/** Tests of the arrows between the packages. */
@NullMarked
package io.gpuscaling.kubernetes;

import org.jspecify.annotations.NullMarked;
