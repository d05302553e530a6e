/** Tests of where pods are. */
@NullMarked
package io.gpuscaling.kubernetes.pods;

import org.jspecify.annotations.NullMarked;
