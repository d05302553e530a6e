/** The command {@code read-dcgm}: what we understand of one page. */
@NullMarked
package io.gpuscaling.exporter.dcgm.cli;

import org.jspecify.annotations.NullMarked;
