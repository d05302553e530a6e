package io.gpuscaling.exporter.dcgm;

import org.jspecify.annotations.Nullable;

/**
 * A container that a page says to use a device.
 *
 * @param namespace empty when the page does not say
 * @param pod the pod's name
 * @param container null when the page does not say
 */
public record PodRef(String namespace, String pod, @Nullable String container) {

  boolean isSamePod(PodRef other) {
    return namespace.equals(other.namespace) && pod.equals(other.pod);
  }
}
