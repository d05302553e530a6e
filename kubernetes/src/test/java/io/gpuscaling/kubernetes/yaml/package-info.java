/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.kubernetes.yaml;

import org.jspecify.annotations.NullMarked;
