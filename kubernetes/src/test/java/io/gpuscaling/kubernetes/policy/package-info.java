/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.kubernetes.policy;

import org.jspecify.annotations.NullMarked;
