/** Who calls, and what they may do: ports to the reviews of the Kubernetes API. */
@NullMarked
package io.gpuscaling.kubernetes.identity;

import org.jspecify.annotations.NullMarked;
