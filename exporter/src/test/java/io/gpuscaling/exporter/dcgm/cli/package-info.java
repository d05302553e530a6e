/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.exporter.dcgm.cli;

import org.jspecify.annotations.NullMarked;
