/** The scaling policy that the demo runs under, and what it has decided. */
@NullMarked
package io.gpuscaling.demo.policy;

import org.jspecify.annotations.NullMarked;
