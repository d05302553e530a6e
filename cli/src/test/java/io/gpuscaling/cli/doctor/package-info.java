/** Tests of what is made of facts. */
@NullMarked
package io.gpuscaling.cli.doctor;

import org.jspecify.annotations.NullMarked;
