/** The program {@code make demo}: a simulated world around the two real programs. */
@NullMarked
package io.gpuscaling.demo;

import org.jspecify.annotations.NullMarked;
