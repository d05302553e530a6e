/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.cli;

import org.jspecify.annotations.NullMarked;
