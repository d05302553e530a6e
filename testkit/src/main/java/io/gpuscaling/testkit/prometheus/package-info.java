/** A real Prometheus and promtool. */
@NullMarked
package io.gpuscaling.testkit.prometheus;

import org.jspecify.annotations.NullMarked;
