/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.exporter.source;

import org.jspecify.annotations.NullMarked;
