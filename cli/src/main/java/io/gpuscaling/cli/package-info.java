/** The command {@code gpuscaling}: reads files, prints, and exits with 0, 1 or 2. */
@NullMarked
package io.gpuscaling.cli;

import org.jspecify.annotations.NullMarked;
