package io.gpuscaling.exporter.podresources;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How the kubelet is asked.
 *
 * @param socket its UNIX socket
 * @param interval from start to start of a list
 */
public record PodResourcesSettings(Path socket, Duration interval) {

  /** 10 s: the kubelet limits the rate, and all of a node's agents share the limit. */
  public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);

  /** Below this the kubelet would be asked more often than pods come and go. */
  public static final Duration MIN_INTERVAL = Duration.ofSeconds(1);
}
