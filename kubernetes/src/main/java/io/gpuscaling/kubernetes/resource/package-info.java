/**
 * Custom resources as data: every field is declared once, and from that one declaration come the
 * structural schema of the API server, the checks of our own reader and the tables of the
 * documentation. Knows nothing of what the fields mean.
 */
@NullMarked
package io.gpuscaling.kubernetes.resource;

import org.jspecify.annotations.NullMarked;
