/** Tests of leader election. */
@NullMarked
package io.gpuscaling.kubernetes.election;

import org.jspecify.annotations.NullMarked;
