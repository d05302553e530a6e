/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.exporter.rabbitmq.stats;

import org.jspecify.annotations.NullMarked;
