/** Tests of the package of this name. */
@NullMarked
package io.gpuscaling.exporter.rabbitmq.age;

import org.jspecify.annotations.NullMarked;
