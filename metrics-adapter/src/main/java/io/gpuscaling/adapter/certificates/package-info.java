/**
 * Certificates that the program makes for itself where nobody else does: an authority of its own,
 * which all replicas share, and a serving certificate for each replica.
 */
@NullMarked
package io.gpuscaling.adapter.certificates;

import org.jspecify.annotations.NullMarked;
