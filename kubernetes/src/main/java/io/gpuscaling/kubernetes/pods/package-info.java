/** Ports to what the cluster says of pods. */
@NullMarked
package io.gpuscaling.kubernetes.pods;

import org.jspecify.annotations.NullMarked;
