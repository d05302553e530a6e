/** The newest samples of all sources, as one immutable snapshot behind one volatile read. */
@NullMarked
package io.gpuscaling.exporter.latest;

import org.jspecify.annotations.NullMarked;
