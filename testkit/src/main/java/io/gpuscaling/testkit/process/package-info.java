/** Child processes that are started, watched, disturbed and ended by their handle. */
@NullMarked
package io.gpuscaling.testkit.process;

import org.jspecify.annotations.NullMarked;
