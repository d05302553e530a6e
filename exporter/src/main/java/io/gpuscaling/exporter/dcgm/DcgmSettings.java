package io.gpuscaling.exporter.dcgm;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the page of the node's dcgm-exporter is scraped.
 *
 * @param target which one
 * @param interval from start to start of a scrape
 * @param timeout for a whole scrape; at most the interval
 * @param frozenAfter how long energy counters may stand still while power is drawn; zero: for ever
 * @param nodeName this node; empty: any host name on a page will do
 * @param hostnames by which dcgm-exporter may call this node besides; {@code *}: any will do
 * @param caFile PEM of the authorities of its certificate; null: those of the Java runtime
 * @param replicaSizes of which it is counted how many more replicas fit
 */
public record DcgmSettings(
    DcgmTarget target,
    Duration interval,
    Duration timeout,
    Duration frozenAfter,
    String nodeName,
    Set<String> hostnames,
    @Nullable Path caFile,
    List<ReplicaSize> replicaSizes) {

  /** 15 s: dcgm-exporter itself looks at the GPUs every 30 s. */
  public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(15);

  /** 10 s, as Prometheus. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  /** 10 min: twenty looks of dcgm-exporter. An idle GPU uses thousands of joules meanwhile. */
  public static final Duration DEFAULT_FROZEN_AFTER = Duration.ofMinutes(10);

  /** Refuses durations that cannot be kept. */
  public DcgmSettings {
    if (!timeout.isPositive() || timeout.compareTo(interval) > 0) {
      throw new IllegalArgumentException(
          "the scrape timeout must be more than zero and at most the scrape interval");
    }
    hostnames = Set.copyOf(hostnames);
    replicaSizes = List.copyOf(replicaSizes);
  }

  /** An address, and nothing that could be checked. */
  public DcgmSettings(URI url, Duration interval, Duration timeout) {
    this(
        new DcgmTarget.Fixed(url),
        interval,
        timeout,
        DEFAULT_FROZEN_AFTER,
        "",
        Set.of(),
        null,
        List.of());
  }
}
