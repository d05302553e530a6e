package io.gpuscaling.adapter.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.gpuscaling.adapter.pki.TestAuthority;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  @Test
  void authenticated_user_getsTheGroupOnce() {
    var plain = new UserInfo("u", "id", List.of("g"), Map.of());
    var known = new UserInfo("u", "", List.of("system:authenticated"), Map.of());
    var unknown = new UserInfo("u", "", List.of("system:unauthenticated"), Map.of());

    assertThat(Users.authenticated(plain).groups()).containsExactly("g", "system:authenticated");
    assertThat(Users.authenticated(plain).uid()).isEqualTo("id");
    assertThat(Users.authenticated(known)).isEqualTo(known);
    assertThat(Users.authenticated(unknown)).isEqualTo(unknown);
    assertThat(Users.authenticated(Users.ANONYMOUS)).isEqualTo(Users.ANONYMOUS);
    var posing = new UserInfo("system:anonymous", "", List.of(), Map.of());
    assertThat(Users.authenticated(posing)).isEqualTo(posing);
  }

  @Test
  void frontProxyIdentity_extraUidAndNames_areRead() throws Exception {
    ClientCertificates proxy = ClientCertificates.of(authority.client("CN=proxy").chain());
    var trust =
        new ClientTrust(
            null,
            new ClientTrust.FrontProxy(
                CertificateAuthorities.ofPem(authority.pem()),
                Set.of(),
                List.of("X-None", "X-Remote-User"),
                List.of("X-Remote-Group", "X-Group"),
                List.of("X-Remote-Extra-"),
                List.of("X-Remote-Uid")));
    var headers =
        new MapHeaders(
            Map.of(
                "x-remote-user", List.of("", "u"),
                "x-remote-group", List.of("a,b", "c"),
                "x-group", List.of("d"),
                "x-remote-uid", List.of("id"),
                "X-Remote-Extra-Authentication.kubernetes.io%2Fcredential-Id", List.of("1", "2"),
                "x-remote-extra-bad%zz", List.of("3"),
                "x-remote-extra-a+b", List.of("4")));
    var authenticator = ChainAuthenticator.standalone(() -> trust, InstantSource.system(), () -> 0);
    var credentials = new Credentials(proxy, headers);

    assertThat(authenticator.authenticate(credentials).join())
        .isEqualTo(
            new Authentication.Authenticated(
                new UserInfo(
                    "u",
                    "id",
                    List.of("a,b", "c", "d", "system:authenticated"),
                    Map.of(
                        "authentication.kubernetes.io/credential-id", List.of("1", "2"),
                        "bad%zz", List.of("3"),
                        "a+b", List.of("4")))));
    assertThat(credentials.toString()).doesNotContain("id\"").contains(proxy.leafFingerprint());
  }

  @Test
  void standalone_bearerToken_isNoCredential() {
    var authenticator =
        ChainAuthenticator.standalone(() -> ClientTrust.NONE, InstantSource.system(), () -> 0);
    var credentials =
        new Credentials(
            ClientCertificates.NONE, new MapHeaders(Map.of("authorization", List.of("Bearer t"))));

    assertThat(authenticator.authenticate(credentials).join())
        .isEqualTo(new Authentication.Authenticated(Users.ANONYMOUS));
    assertThat(credentials.toString()).doesNotContain("Bearer");
  }

  @Test
  void certificateWithoutCommonName_isNobody() throws Exception {
    var trust = new ClientTrust(CertificateAuthorities.ofPem(authority.pem()), null);
    var authenticator = ChainAuthenticator.standalone(() -> trust, InstantSource.system(), () -> 0);
    var credentials =
        new Credentials(
            ClientCertificates.of(authority.client("O=system:masters").chain()),
            new MapHeaders(Map.of()));

    assertThat(authenticator.authenticate(credentials).join())
        .isEqualTo(new Authentication.Authenticated(Users.ANONYMOUS));
  }

  private record MapHeaders(Map<String, List<String>> map) implements RequestHeaders {
    @Override
    public List<String> values(String name) {
      return map.entrySet().stream()
          .filter(e -> e.getKey().equalsIgnoreCase(name))
          .flatMap(e -> e.getValue().stream())
          .toList();
    }

    @Override
    public Set<String> names() {
      return map.keySet();
    }
  }
}
