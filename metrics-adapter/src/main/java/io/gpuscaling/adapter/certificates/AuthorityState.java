package io.gpuscaling.adapter.certificates;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The authorities that all replicas share. A new one is announced first: it is in every bundle long
 * before it signs anything; an old one stays in the bundle as long as a certificate of it can be
 * valid. Immutable.
 *
 * @param signer makes the serving certificates
 * @param next is to sign after it, and is trusted already
 * @param publishedAt since when everybody can have the bundle with {@code next}
 * @param retired signed before it, and are trusted still
 * @param promotedAt since when {@code signer} signs
 */
public record AuthorityState(
    Identity signer,
    Optional<Identity> next,
    Optional<Instant> publishedAt,
    List<X509Certificate> retired,
    Instant promotedAt) {

  /** Copies the list. */
  public AuthorityState {
    retired = List.copyOf(retired);
  }

  /** With a first authority, which nobody knows yet. */
  static AuthorityState first(Identity signer, Instant now) {
    return new AuthorityState(signer, Optional.empty(), Optional.empty(), List.of(), now);
  }

  /** Everything that is to be trusted. */
  public List<X509Certificate> bundle() {
    List<X509Certificate> bundle = new ArrayList<>();
    bundle.add(signer.certificate());
    next.map(Identity::certificate).ifPresent(bundle::add);
    bundle.addAll(retired);
    return List.copyOf(bundle);
  }

  AuthorityState announcing(Identity successor) {
    return new AuthorityState(
        signer, Optional.of(successor), Optional.empty(), retired, promotedAt);
  }

  AuthorityState published(Instant now) {
    return new AuthorityState(signer, next, Optional.of(now), retired, promotedAt);
  }

  AuthorityState promoting(Identity successor, Instant now) {
    List<X509Certificate> old = new ArrayList<>(retired);
    old.addFirst(signer.certificate());
    return new AuthorityState(successor, Optional.empty(), Optional.empty(), old, now);
  }

  AuthorityState withoutRetired() {
    return new AuthorityState(signer, next, publishedAt, List.of(), promotedAt);
  }
}
