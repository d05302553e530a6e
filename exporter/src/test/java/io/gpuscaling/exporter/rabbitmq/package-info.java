/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.exporter.rabbitmq;

import org.jspecify.annotations.NullMarked;
