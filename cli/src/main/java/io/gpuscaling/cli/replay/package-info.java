/** A policy over recorded observations: what it would have decided. Pure. */
@NullMarked
package io.gpuscaling.cli.replay;

import org.jspecify.annotations.NullMarked;
