/**
 * What the tests stand on: the programs as processes in a cluster, workers, a broker, a
 * dcgm-exporter.
 */
@NullMarked
package io.gpuscaling.e2e.world;

import org.jspecify.annotations.NullMarked;
