/**
 * A small client for the exporter's few calls, on java.net.http: a whole Kubernetes library costs
 * it 40 MB.
 */
@NullMarked
package io.gpuscaling.kubernetes.client;

import org.jspecify.annotations.NullMarked;
