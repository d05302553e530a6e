package io.gpuscaling.core.tls;

import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Gauge;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when the certificates that a program uses now end: as a gauge, and in the log once when
 * little of the time is left and once when none is. What is looked at is what is in use, not a
 * file: a new file that cannot be used does not hide that the old certificate ends. Create, watch,
 * start, close; each but watch once.
 */
public final class CertificateExpiry implements AutoCloseable {

  /** From this much time on that is left, it is little. */
  public static final Duration WARN_BEFORE = Duration.ofDays(7);

  /**
   * It is not little either while more than this share of a certificate's whole time is left: one
   * that is made for a day would always warn.
   */
  public static final double WARN_SHARE = 0.2;

  /** How often certificates are looked at. */
  public static final Duration CHECK_INTERVAL = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(CertificateExpiry.class);
  private static final double MILLIS_PER_SECOND = 1e3;

  private final InstantSource clock;
  private final Gauge expires;
  private final PeriodicTask checks;

  /** Guards itself and {@code told}. */
  private final List<Watched> watched = new ArrayList<>();

  /** What was said of each use last. */
  private final Map<String, Said> told = new HashMap<>();

  /** How much of a certificate's time is left. */
  enum Remaining {
    ENOUGH,
    LITTLE,
    NONE
  }

  private record Watched(
      String use,
      Supplier<List<X509Certificate>> certificates,
      Comparator<X509Certificate> deciding) {}

  private record Said(Instant end, Remaining remaining) {}

  /** Watches nothing yet. */
  public CertificateExpiry(InstantSource clock, CollectorRegistry registry) {
    this.clock = clock;
    this.expires =
        Gauge.build(
                "gpuscaling_tls_certificate_expires_timestamp_seconds",
                "When the certificate in use ends, in seconds since 1970, by what it is used for;"
                    + " of a chain the first to end, of trusted authorities the last.")
            .labelNames("use")
            .register(registry);
    this.checks = new PeriodicTask("certificate-expiry", CHECK_INTERVAL, this::check);
  }

  /**
   * Watches a certificate that is shown to others, with its intermediates: it is of no use when the
   * first of them has ended.
   *
   * @param use the label: lower case, dashes
   * @param chain asked again and again; empty while there is none. May block for a moment
   */
  public void watchChain(String use, Supplier<List<X509Certificate>> chain) {
    watch(new Watched(use, chain, Comparator.comparing(X509Certificate::getNotAfter)));
  }

  /**
   * Watches authorities that are trusted: while they are replaced the old one may end, so that what
   * counts is when the last has.
   *
   * @param use the label: lower case, dashes
   * @param authorities asked again and again; empty while there are none. May block for a moment
   */
  public void watchAuthorities(String use, Supplier<List<X509Certificate>> authorities) {
    watch(
        new Watched(
            use, authorities, Comparator.comparing(X509Certificate::getNotAfter).reversed()));
  }

  private void watch(Watched one) {
    synchronized (watched) {
      watched.add(one);
    }
  }

  /** Looks now, and again and again. */
  public void start() {
    checks.start();
  }

  /** Looks now. */
  public void check() {
    synchronized (watched) {
      watched.forEach(this::check);
    }
  }

  private void check(Watched one) {
    Optional<X509Certificate> deciding = one.certificates.get().stream().min(one.deciding);
    if (deciding.isEmpty()) {
      expires.remove(one.use);
      told.remove(one.use);
      return;
    }
    Instant end = deciding.get().getNotAfter().toInstant();
    expires.labels(one.use).set(end.toEpochMilli() / MILLIS_PER_SECOND);
    var now = new Said(end, remaining(deciding.get(), clock.instant()));
    if (!now.equals(told.put(one.use, now))) {
      say(one.use, now);
    }
  }

  static Remaining remaining(X509Certificate certificate, Instant now) {
    Instant end = certificate.getNotAfter().toInstant();
    Duration left = Duration.between(now, end);
    Duration whole = Duration.between(certificate.getNotBefore().toInstant(), end);
    Duration little = Duration.ofMillis((long) (whole.toMillis() * WARN_SHARE));
    little = little.compareTo(WARN_BEFORE) < 0 ? little : WARN_BEFORE;
    if (left.isNegative()) {
      return Remaining.NONE;
    }
    return left.compareTo(little) < 0 ? Remaining.LITTLE : Remaining.ENOUGH;
  }

  private static void say(String use, Said said) {
    switch (said.remaining) {
      case ENOUGH -> {}
      case LITTLE ->
          log.atWarn()
              .addKeyValue("use", use)
              .addKeyValue("endsAt", said.end)
              .log("a certificate ends soon and has not been replaced");
      case NONE ->
          log.atError()
              .addKeyValue("use", use)
              .addKeyValue("endedAt", said.end)
              .log("a certificate has ended: peers refuse it");
    }
  }

  @Override
  public void close() {
    checks.close();
  }
}
