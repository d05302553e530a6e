/** Asks the cluster, by the caller's own kubectl: the only package that starts a program. */
@NullMarked
package io.gpuscaling.cli.doctor.ask;

import org.jspecify.annotations.NullMarked;
