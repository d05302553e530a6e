/** Just enough of AMQP 0-9-1 for a client that asks for the depth of queues. */
@NullMarked
package io.gpuscaling.demo.amqp;

import org.jspecify.annotations.NullMarked;
