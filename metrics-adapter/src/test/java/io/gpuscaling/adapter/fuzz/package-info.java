/** What the fuzz targets of the parsers share. */
@NullMarked
package io.gpuscaling.adapter.fuzz;

import org.jspecify.annotations.NullMarked;
