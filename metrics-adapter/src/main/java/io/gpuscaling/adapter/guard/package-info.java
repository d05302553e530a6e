/** What no answer may say, and how fresh answers are. */
@NullMarked
package io.gpuscaling.adapter.guard;

import org.jspecify.annotations.NullMarked;
