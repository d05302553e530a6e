package io.gpuscaling.adapter.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.StatsCounter;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Verifies client certificates and remembers the outcome for a short while, by fingerprint of the
 * chain and by the bundle it was verified against: connections live for days, so that expiry and
 * rotation must show on each request. Safe for use by any thread.
 */
final class CertificateChecks {

  /** How long an outcome counts; an expired certificate is believed this much longer at most. */
  static final Duration KEPT = Duration.ofSeconds(10);

  /** Most outcomes that are kept. */
  static final int MAX_KEPT = 4096;

  private final InstantSource clock;
  private final Cache<Key, Boolean> outcomes;

  private record Key(CertificateAuthorities authorities, String fingerprint) {}

  CertificateChecks(InstantSource clock, Ticker ticker) {
    this(clock, ticker, StatsCounter.disabledStatsCounter());
  }

  CertificateChecks(InstantSource clock, Ticker ticker, StatsCounter counter) {
    this.clock = clock;
    this.outcomes =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEPT)
            .expireAfterWrite(KEPT)
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .recordStats(() -> counter)
            .build();
  }

  boolean isTrusted(CertificateAuthorities authorities, ClientCertificates certificates) {
    return outcomes.get(
        new Key(authorities, certificates.fingerprint()),
        _ -> authorities.verify(certificates.chain(), clock.instant()));
  }
}
