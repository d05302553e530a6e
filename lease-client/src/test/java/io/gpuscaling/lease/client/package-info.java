/** Tests of the Java worker's client. */
@NullMarked
package io.gpuscaling.lease.client;

import org.jspecify.annotations.NullMarked;
