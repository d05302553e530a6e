package io.gpuscaling.adapter.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.gpuscaling.adapter.pki.TestAuthority;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CertificateTrustTest {

  private final Instant start = InstantSource.system().instant();
  private final TestAuthority authority = TestAuthority.create("ca");

  @Test
  void verify_intermediateInChain_leadsToTheAuthority() throws Exception {
    TestAuthority below = authority.intermediate("below");
    X509Certificate leaf = below.client("CN=u").chain().getFirst();
    CertificateAuthorities authorities = CertificateAuthorities.ofPem(authority.pem());

    assertThat(authorities.verify(List.of(leaf, below.certificate()), start)).isTrue();
    assertThat(authorities.verify(List.of(leaf), start)).isFalse();
  }

  @Test
  void verify_leafThatSigned_isNoAuthority() throws Exception {
    var other = TestAuthority.create("other");
    X509Certificate leaf = other.client("CN=u").chain().getFirst();

    assertThat(
            CertificateAuthorities.ofPem(authority.pem())
                .verify(List.of(leaf, authority.client("CN=other").chain().getFirst()), start))
        .isFalse();
  }

  @Test
  void verify_bundle_takesEachAuthority() throws Exception {
    var second = TestAuthority.create("second");
    CertificateAuthorities bundle = CertificateAuthorities.ofPem(authority.pem() + second.pem());

    assertThat(bundle.certificates()).hasSize(2);
    assertThat(bundle.verify(authority.client("CN=a").chain(), start)).isTrue();
    assertThat(bundle.verify(second.client("CN=a").chain(), start)).isTrue();
  }

  @Test
  void ofPem_nothingOrGarbage_isRefused() {
    for (String pem : new String[] {"", "garbage", "-----BEGIN CERTIFICATE-----\nAA\n"}) {
      assertThatExceptionOfType(CertificateException.class)
          .isThrownBy(() -> CertificateAuthorities.ofPem(pem));
    }
  }

  @Test
  void isTrusted_expiredSinceLastLook_isSeenAfterAShortWhile() throws Exception {
    var now = new AtomicReference<>(start);
    var nanos = new AtomicLong();
    var checks = new CertificateChecks(now::get, nanos::get);
    CertificateAuthorities authorities = CertificateAuthorities.ofPem(authority.pem());
    ClientCertificates certificates = ClientCertificates.of(authority.client("CN=u").chain());
    assertThat(checks.isTrusted(authorities, certificates)).isTrue();

    now.set(start.plus(Duration.ofDays(2)));
    nanos.addAndGet(CertificateChecks.KEPT.toNanos() - 1);
    assertThat(checks.isTrusted(authorities, certificates)).isTrue();
    nanos.addAndGet(2);

    assertThat(checks.isTrusted(authorities, certificates)).isFalse();
  }

  @Test
  void clientCertificates_tooLongChain_countsAsNone() {
    X509Certificate leaf = authority.client("CN=u").chain().getFirst();
    var chain =
        new ArrayList<X509Certificate>(
            Collections.nCopies(ClientCertificates.MAX_CHAIN_LENGTH, leaf));
    assertThat(ClientCertificates.of(chain).isPresent()).isTrue();
    chain.add(leaf);

    assertThat(ClientCertificates.of(chain)).isEqualTo(ClientCertificates.NONE);
    assertThat(ClientCertificates.of(List.of()).isPresent()).isFalse();
  }

  @Test
  void currentTrust_beforeFirst_isNoneAndNotKnown() {
    var trust = new CurrentTrust();
    assertThat(trust.isKnown()).isFalse();
    assertThat(trust.get()).isEqualTo(ClientTrust.NONE);

    trust.replace(new ClientTrust(null, null));

    assertThat(trust.isKnown()).isTrue();
  }
}
