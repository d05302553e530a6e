/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.kubernetes.client;

import org.jspecify.annotations.NullMarked;
