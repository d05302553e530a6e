/** A real RabbitMQ broker of its own, apart from any that runs on this machine. */
@NullMarked
package io.gpuscaling.testkit.rabbitmq;

import org.jspecify.annotations.NullMarked;
