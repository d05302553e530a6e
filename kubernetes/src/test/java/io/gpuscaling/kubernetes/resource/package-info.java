/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.kubernetes.resource;

import org.jspecify.annotations.NullMarked;
