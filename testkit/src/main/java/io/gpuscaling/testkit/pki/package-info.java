/** A small certificate authority, for tests and the demo only. */
@NullMarked
package io.gpuscaling.testkit.pki;

import org.jspecify.annotations.NullMarked;
