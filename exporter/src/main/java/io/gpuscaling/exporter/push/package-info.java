/** Streams the newest samples to every adapter replica. */
@NullMarked
package io.gpuscaling.exporter.push;

import org.jspecify.annotations.NullMarked;
