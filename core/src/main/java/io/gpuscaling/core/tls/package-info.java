/** Whom connections trust, with what they show who they are, and when certificates end. */
@NullMarked
package io.gpuscaling.core.tls;

import org.jspecify.annotations.NullMarked;
