/** TCP in between: a relay in front of several servers, and a proxy that fails on request. */
@NullMarked
package io.gpuscaling.testkit.relay;

import org.jspecify.annotations.NullMarked;
