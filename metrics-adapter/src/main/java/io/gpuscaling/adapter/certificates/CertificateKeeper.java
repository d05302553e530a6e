package io.gpuscaling.adapter.certificates;

import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a serving certificate of the shared authority, and the authority itself, renewed. Every
 * replica does all of this; writes to the shared state meet the version that was read or are given
 * up, so that of two replicas one wins and the other goes on from what it finds. A certificate is
 * made only with an authority that is in the bundle which everybody has. Create, start, close; each
 * once.
 */
public final class CertificateKeeper implements AutoCloseable {

  /** How often everything is looked at. */
  static final Duration TEND_INTERVAL = Duration.ofSeconds(5);

  /** How long the first certificate may take. */
  static final Duration START_TIMEOUT = Duration.ofSeconds(60);

  private static final Logger log = LoggerFactory.getLogger(CertificateKeeper.class);
  private static final String AUTHORITY_NAME = "gpuscaling-metrics-adapter";

  private final RotationSettings settings;
  private final AuthorityStore store;
  private final BundlePublication publication;
  private final ServingFiles files;
  private final InstantSource clock;
  private final Counter changes;
  private final PeriodicTask tending;
  private final CountDownLatch issued = new CountDownLatch(1);

  /** What follows is of the tending thread. */
  private @Nullable Identity serving;

  private Optional<Identity> servingSigner = Optional.empty();
  private volatile List<X509Certificate> authorities = List.of();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile String problem = "nothing was tried yet";
  private String logged = "";

  /**
   * Keeps nothing yet.
   *
   * @param files where the servers read the certificate
   */
  public CertificateKeeper(
      RotationSettings settings,
      AuthorityStore store,
      BundlePublication publication,
      ServingFiles files,
      InstantSource clock,
      CollectorRegistry registry) {
    this.settings = settings;
    this.store = store;
    this.publication = publication;
    this.files = files;
    this.clock = clock;
    this.changes =
        Counter.build(
                "gpuscaling_certificates_made_total",
                "Certificates and authorities that the program made or put into use itself, by"
                    + " what was done.")
            .labelNames("change")
            .register(registry);
    this.tending = new PeriodicTask("certificates", TEND_INTERVAL, this::tend);
  }

  /**
   * Waits for the first certificate, and keeps it.
   *
   * @throws IOException when there is none in time; the message says what is missing
   */
  public void start() throws IOException {
    tending.start();
    try {
      if (!issued.await(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("no serving certificate could be made: " + problem);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the first certificate was made", e);
    }
  }

  /** Tells of each new certificate, on the keeper's thread; the first may be there already. */
  public void onNewCertificate(Runnable listener) {
    listeners.add(listener);
  }

  /** Whom everybody is to trust; none before the first look. For any thread. */
  public List<X509Certificate> authorities() {
    return authorities;
  }

  /** Does what is due. */
  void tend() {
    switch (store.load()) {
      case AuthorityStore.Loaded.Failed(String reason) -> fail(reason);
      case AuthorityStore.Loaded.Empty(String version) ->
          save(AuthorityState.first(newAuthority(), clock.instant()), version, "authority_made");
      case AuthorityStore.Loaded.Found(AuthorityState state, String version) ->
          tend(state, version);
    }
  }

  private void tend(AuthorityState state, String version) {
    authorities = state.bundle();
    boolean isPublished = publication.publish(Pem.of(state.bundle()));
    if (isPublished) {
      serve(state);
    } else {
      fail("the bundle is not in every APIService of ours and in the ConfigMap yet");
    }
    Instant now = clock.instant();
    switch (AuthorityStep.of(state, isPublished, settings, now)) {
      case AuthorityStep.Keep() -> {}
      case AuthorityStep.Announce() ->
          save(state.announcing(newAuthority()), version, "authority_announced");
      case AuthorityStep.NotePublished() ->
          save(state.published(now), version, "authority_published");
      case AuthorityStep.Promote(Identity next) ->
          save(state.promoting(next, now), version, "authority_promoted");
      case AuthorityStep.Forget() -> save(state.withoutRetired(), version, "authority_forgotten");
    }
  }

  private Identity newAuthority() {
    Instant now = clock.instant();
    return CertificateMaker.authority(
        AUTHORITY_NAME,
        now.minus(RotationSettings.BACKDATING),
        now.plus(settings.authorityValidity()));
  }

  private void serve(AuthorityState state) {
    Instant now = clock.instant();
    Identity current = serving;
    boolean isOfTheSigner =
        servingSigner
            .map(signer -> signer.certificate().equals(state.signer().certificate()))
            .orElse(false);
    if (current != null && isOfTheSigner && now.isBefore(RotationSettings.renewalOf(current))) {
      settled();
      return;
    }
    Instant end = now.plus(settings.validity());
    Instant authorityEnd = state.signer().end();
    Identity next =
        CertificateMaker.server(
            state.signer(),
            settings.dnsNames(),
            now.minus(RotationSettings.BACKDATING),
            end.isBefore(authorityEnd) ? end : authorityEnd);
    try {
      files.write(next);
    } catch (IOException e) {
      fail("the certificate cannot be written: " + e.getClass().getSimpleName());
      return;
    }
    serving = next;
    servingSigner = Optional.of(state.signer());
    changes.labels("certificate_made").inc();
    log.atInfo().addKeyValue("endsAt", next.end()).log("a serving certificate was made");
    settled();
    issued.countDown();
    listeners.forEach(Runnable::run);
  }

  private void save(AuthorityState state, String version, String change) {
    switch (store.save(state, version)) {
      case AuthorityStore.Saved.Done() -> {
        changes.labels(change).inc();
        log.atInfo()
            .addKeyValue("change", change)
            .addKeyValue("signer", state.signer())
            .log("the shared authorities were changed");
      }
      case AuthorityStore.Saved.Conflict() -> {} // another replica was faster: read it next time
      case AuthorityStore.Saved.Failed(String reason) -> fail(reason);
    }
  }

  private void fail(String reason) {
    problem = reason;
    if (!reason.equals(logged)) {
      logged = reason;
      log.atWarn()
          .addKeyValue("reason", reason)
          .log("certificates cannot be tended; what is in use stays");
    }
  }

  private void settled() {
    logged = "";
  }

  @Override
  public void close() {
    tending.close();
    try {
      files.clear();
    } catch (IOException e) {
      log.atWarn().addKeyValue("cause", e.toString()).log("certificate files are left over");
    }
  }
}
