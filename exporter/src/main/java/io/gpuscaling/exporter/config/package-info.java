/** What can be set in the exporter. */
@NullMarked
package io.gpuscaling.exporter.config;

import org.jspecify.annotations.NullMarked;
