/** Tests of the text format. */
@NullMarked
package io.gpuscaling.core.exposition;

import org.jspecify.annotations.NullMarked;
