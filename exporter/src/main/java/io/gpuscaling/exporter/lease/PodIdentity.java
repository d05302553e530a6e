package io.gpuscaling.exporter.lease;

/**
 * The pod whose worker calls, by the claims of its token.
 *
 * @param uid tells a pod from an earlier one of the same name
 */
public record PodIdentity(String namespace, String name, String uid) {}
