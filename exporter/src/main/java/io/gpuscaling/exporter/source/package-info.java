/** What every source of samples publishes through, and the loop that polls one. */
@NullMarked
package io.gpuscaling.exporter.source;

import org.jspecify.annotations.NullMarked;
