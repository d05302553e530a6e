/** Tests of the package. */
@NullMarked
package io.gpuscaling.core.tls;

import org.jspecify.annotations.NullMarked;
