/**
 * The metrics-adapter: receives the samples of the exporters and serves them behind the Kubernetes
 * aggregator. main and the page that wires the program.
 */
@NullMarked
package io.gpuscaling.adapter;

import org.jspecify.annotations.NullMarked;
