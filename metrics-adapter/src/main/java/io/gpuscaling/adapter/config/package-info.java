/** What can be set in the metrics-adapter. */
@NullMarked
package io.gpuscaling.adapter.config;

import org.jspecify.annotations.NullMarked;
