/** Tests of the arrows between the packages. */
@NullMarked
package io.gpuscaling.exporter;

import org.jspecify.annotations.NullMarked;
