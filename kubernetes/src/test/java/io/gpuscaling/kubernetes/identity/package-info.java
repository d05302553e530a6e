/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.kubernetes.identity;

import org.jspecify.annotations.NullMarked;
