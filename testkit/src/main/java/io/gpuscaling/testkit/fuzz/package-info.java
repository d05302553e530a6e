/** What every fuzz target shares, whether or not Jazzer runs it. */
@NullMarked
package io.gpuscaling.testkit.fuzz;

import org.jspecify.annotations.NullMarked;
