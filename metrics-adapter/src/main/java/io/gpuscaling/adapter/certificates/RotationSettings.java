package io.gpuscaling.adapter.certificates;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * How long certificates last.
 *
 * @param dnsNames the names of the serving certificate, at least one
 * @param authorityValidity how long an authority lasts
 * @param validity how long a serving certificate lasts
 * @param overlap how long an authority is in every bundle before it signs
 */
public record RotationSettings(
    List<String> dnsNames, Duration authorityValidity, Duration validity, Duration overlap) {

  /** Certificates are renewed when this share of their time is over. */
  static final double RENEWAL_SHARE = 2.0 / 3;

  /** Certificates begin a little before they are made, for clocks that differ. */
  static final Duration BACKDATING = Duration.ofMinutes(5);

  /** Copies the list. */
  public RotationSettings {
    dnsNames = List.copyOf(dnsNames);
  }

  /** When a certificate that was made for so long is to be replaced. */
  static Instant renewalOf(Identity identity) {
    Instant begin = identity.begin().plus(BACKDATING);
    Duration whole = Duration.between(begin, identity.end());
    return begin.plusMillis((long) (whole.toMillis() * RENEWAL_SHARE));
  }
}
