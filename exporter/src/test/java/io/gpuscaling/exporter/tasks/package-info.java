/** Tests of the choice among sources of running tasks. */
@NullMarked
package io.gpuscaling.exporter.tasks;

import org.jspecify.annotations.NullMarked;
