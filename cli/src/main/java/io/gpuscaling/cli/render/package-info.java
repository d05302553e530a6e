/** Draws what the API server answers as text for people: at most 80 columns. Pure. */
@NullMarked
package io.gpuscaling.cli.render;

import org.jspecify.annotations.NullMarked;
