/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.exporter.latest;

import org.jspecify.annotations.NullMarked;
