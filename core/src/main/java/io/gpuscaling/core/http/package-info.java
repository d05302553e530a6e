/**
 * The small HTTP/1.1 endpoint of a program: {@code /metrics}, {@code /livez}, {@code /readyz}, and
 * the lease service in JSON.
 *
 * <p>Threads: {@code http-boss} accepts; {@code http-worker-N} read, route and write and never
 * block; an offloaded route runs on a virtual thread {@code http-handler-N}, of which there is a
 * bounded number. Only this package uses Netty.
 */
@NullMarked
package io.gpuscaling.core.http;

import org.jspecify.annotations.NullMarked;
