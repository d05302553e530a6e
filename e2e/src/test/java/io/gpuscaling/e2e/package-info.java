/** The main path, end to end: each test is a sentence of what a user gets. */
@NullMarked
package io.gpuscaling.e2e;

import org.jspecify.annotations.NullMarked;
