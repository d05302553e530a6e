/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.exporter.push;

import org.jspecify.annotations.NullMarked;
