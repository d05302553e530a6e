/** The page /metrics. */
@NullMarked
package io.gpuscaling.exporter.page;

import org.jspecify.annotations.NullMarked;
