/** Which pods hold which GPUs, as the kubelet tells over its UNIX socket. */
@NullMarked
package io.gpuscaling.exporter.podresources;

import org.jspecify.annotations.NullMarked;
