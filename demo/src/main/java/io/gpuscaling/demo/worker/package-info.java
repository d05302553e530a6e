/** Simulated worker pods, which lease each task as a real one would. */
@NullMarked
package io.gpuscaling.demo.worker;

import org.jspecify.annotations.NullMarked;
