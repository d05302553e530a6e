/** Tests of asking. */
@NullMarked
package io.gpuscaling.cli.doctor.ask;

import org.jspecify.annotations.NullMarked;
