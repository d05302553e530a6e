package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.exporter.podresources.PodResourcesSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What can be set of the kubelet's list of pods and their devices. */
final class PodResourcesKeys {

  static final ScalarKey<Optional<Path>> SOCKET =
      ScalarKey.optional(
          "podResources.socket",
          ScalarType.filePath(),
          "The kubelet's pod-resources socket: which pods hold which GPUs, where dcgm-exporter does not say. Root only.");

  static final ScalarKey<Duration> INTERVAL =
      ScalarKey.withDefault(
          "podResources.interval",
          ScalarType.duration(PodResourcesSettings.MIN_INTERVAL, Duration.ofMinutes(5)),
          PodResourcesSettings.DEFAULT_INTERVAL,
          "Time between two lists; the kubelet limits how often it answers.");

  static final KeyGroup GROUP = new KeyGroup("Pods of GPUs", List.of(SOCKET, INTERVAL));

  private PodResourcesKeys() {}
}
