/** Certificates for tests. */
@NullMarked
package io.gpuscaling.adapter.pki;

import org.jspecify.annotations.NullMarked;
