/** The reading side of the metrics APIs, as an HPA reads. */
@NullMarked
package io.gpuscaling.demo.api;

import org.jspecify.annotations.NullMarked;
