/** Applications that tell what runs in them. */
@NullMarked
package io.gpuscaling.exporter.apps;

import org.jspecify.annotations.NullMarked;
