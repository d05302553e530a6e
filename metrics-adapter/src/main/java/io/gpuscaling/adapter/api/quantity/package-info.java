/** Numbers as Kubernetes writes them. Pure. */
@NullMarked
package io.gpuscaling.adapter.api.quantity;

import org.jspecify.annotations.NullMarked;
