package io.gpuscaling.exporter.dcgm;

/**
 * How much GPU memory a replica of some workload needs.
 *
 * @param name for the label {@code size}
 * @param bytes more than zero
 */
public record ReplicaSize(String name, long bytes) {}
