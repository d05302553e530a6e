package io.gpuscaling.exporter.apps;

import java.time.Duration;
import java.util.List;

/**
 * How applications are read.
 *
 * @param endpoints in this order: a pod that several match belongs to the first
 * @param node whose pods are asked
 * @param interval from round to round
 * @param timeout for one page, headers and body
 */
public record AppSettings(
    List<AppEndpoint> endpoints, String node, Duration interval, Duration timeout) {

  /** So many kinds of application; each needs a list of pods in each round. */
  public static final int MAX_ENDPOINTS = 16;

  /** Of one endpoint on this node. */
  static final int MAX_PODS = 64;

  /** Pages that are read side by side: what one node's pods may hold up and fill. */
  static final int MAX_IN_FLIGHT = 8;

  /** Of one page. */
  static final int MAX_BODY_BYTES = 1 << 20;

  /** For all pages of a round. */
  static final Duration ROUND_TIMEOUT = Duration.ofSeconds(10);

  /** So long what a pod said counts while it cannot be asked, with its age. */
  static final Duration KEPT_FOR = Duration.ofSeconds(15);

  /** The default of the interval. */
  public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(5);

  /** The default of the timeout. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

  /** Copies the list. */
  public AppSettings {
    endpoints = List.copyOf(endpoints);
  }
}
