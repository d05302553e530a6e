/** The queue of the simulated world: embedded, or one of a real broker. */
@NullMarked
package io.gpuscaling.demo.queue;

import org.jspecify.annotations.NullMarked;
