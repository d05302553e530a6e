/**
 * What the adapter reads of the Kubernetes API: objects, reviews, configuration; the only package
 * that knows the client library.
 */
@NullMarked
package io.gpuscaling.adapter.cluster;

import org.jspecify.annotations.NullMarked;
