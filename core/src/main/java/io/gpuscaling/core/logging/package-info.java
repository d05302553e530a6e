/**
 * What a program logs: one line per event on standard error, through slf4j with key-value pairs.
 * Nothing else in the process prints: java.util.logging and uncaught exceptions come here too.
 *
 * <p>Only this package uses logback.
 */
@NullMarked
package io.gpuscaling.core.logging;

import org.jspecify.annotations.NullMarked;
