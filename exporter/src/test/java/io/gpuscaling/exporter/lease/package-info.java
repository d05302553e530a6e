/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.exporter.lease;

import org.jspecify.annotations.NullMarked;
