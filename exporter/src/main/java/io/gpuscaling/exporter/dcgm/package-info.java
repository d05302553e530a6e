/** GPUs as dcgm-exporter shows them: the scrape, the reading of a page, the source of samples. */
@NullMarked
package io.gpuscaling.exporter.dcgm;

import org.jspecify.annotations.NullMarked;
