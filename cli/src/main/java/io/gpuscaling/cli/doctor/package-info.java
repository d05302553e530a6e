/** What {@code gpuscaling doctor} makes of what it was told: pure, from facts to findings. */
@NullMarked
package io.gpuscaling.cli.doctor;

import org.jspecify.annotations.NullMarked;
