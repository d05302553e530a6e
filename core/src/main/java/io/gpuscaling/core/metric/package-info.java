/** Samples and the words about them: a series, its value or why there is none, what is served. */
@NullMarked
package io.gpuscaling.core.metric;

import org.jspecify.annotations.NullMarked;
