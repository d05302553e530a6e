/** What is shown of the loop, and whether it did what it should. Pure. */
@NullMarked
package io.gpuscaling.demo.story;

import org.jspecify.annotations.NullMarked;
