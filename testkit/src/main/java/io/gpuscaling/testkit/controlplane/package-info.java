/** A real Kubernetes control plane without containers, on loopback. */
@NullMarked
package io.gpuscaling.testkit.controlplane;

import org.jspecify.annotations.NullMarked;
