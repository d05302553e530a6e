/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.exporter.dcgm;

import org.jspecify.annotations.NullMarked;
