/**
 * What a broker says over HTTP, read without trust: counters of its Prometheus pages, totals and
 * facts of its management API. A field that is missing is unknown, never 0; an empty list may be a
 * missing permission. All but the HTTP client is pure.
 */
@NullMarked
package io.gpuscaling.exporter.rabbitmq.stats;

import org.jspecify.annotations.NullMarked;
