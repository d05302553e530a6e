/** When the certificates of a program end. */
@NullMarked
package io.gpuscaling.core.tls;

import org.jspecify.annotations.NullMarked;
