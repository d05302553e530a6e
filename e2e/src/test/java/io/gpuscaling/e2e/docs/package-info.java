/** Documentation that cannot drift: generated from the code, compared by tests. */
@NullMarked
package io.gpuscaling.e2e.docs;

import org.jspecify.annotations.NullMarked;
