package io.gpuscaling.adapter.certificates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CertificateKeeperTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final RotationSettings SETTINGS =
      new RotationSettings(
          List.of("metrics-adapter.gpuscaling.svc", "ingest.gpuscaling.svc"),
          DAY.multipliedBy(90),
          DAY.multipliedBy(9),
          HOUR);

  private final SharedStore store = new SharedStore();
  private final List<Replica> replicas = new ArrayList<>();
  private Instant now = Instant.parse("2026-03-01T00:00:00Z");

  /** What everybody trusts; the replicas write it, clients read it. */
  private String bundle = "";

  private boolean canPublish = true;

  /** One adapter. */
  private final class Replica {
    final ServingFiles files;
    final CollectorRegistry registry = new CollectorRegistry();
    final CertificateKeeper keeper;

    Replica() throws IOException {
      files = ServingFiles.create();
      keeper =
          new CertificateKeeper(
              SETTINGS, store, CertificateKeeperTest.this::publish, files, () -> now, registry);
      replicas.add(this);
    }

    X509Certificate served() throws IOException, GeneralSecurityException {
      return Pem.certificates(Files.readString(files.certificate())).getFirst();
    }

    @Nullable Double count(String change) {
      return registry.getSampleValue(
          "gpuscaling_certificates_made_total", new String[] {"change"}, new String[] {change});
    }
  }

  private boolean publish(String bundlePem) {
    if (canPublish) {
      bundle = bundlePem;
    }
    return canPublish;
  }

  @AfterEach
  void close() {
    replicas.forEach(replica -> replica.keeper.close());
  }

  /** Every client that trusts the bundle believes every certificate that is served. */
  private void assertEverybodyIsBelieved() throws Exception {
    for (Replica replica : replicas) {
      X509Certificate served = replica.served();
      boolean isBelieved = false;
      for (X509Certificate authority : Pem.certificates(bundle)) {
        if (authority.getSubjectX500Principal().equals(served.getIssuerX500Principal())) {
          isBelieved |= isSignedBy(served, authority);
        }
      }
      assertThat(isBelieved).as("%s is in the bundle", served.getIssuerX500Principal()).isTrue();
      assertThat(served.getNotAfter().toInstant()).isAfter(now);
    }
  }

  private static boolean isSignedBy(X509Certificate served, X509Certificate authority) {
    try {
      served.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private void tendAll(int times) {
    for (int i = 0; i < times; i++) {
      replicas.forEach(replica -> replica.keeper.tend());
    }
  }

  @Test
  void start_nothingThere_makesAnAuthorityAndServesACertificateWithEveryName() throws Exception {
    var replica = new Replica();

    replica.keeper.tend();
    assertThat(replica.files.certificate()).doesNotExist();
    replica.keeper.tend();

    X509Certificate served = replica.served();
    assertThat(served.getSubjectAlternativeNames())
        .extracting(name -> String.valueOf(name.get(1)))
        .containsExactly("metrics-adapter.gpuscaling.svc", "ingest.gpuscaling.svc");
    assertThat(served.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(served.getBasicConstraints()).isEqualTo(-1);
    assertThat(store.state().signer().certificate().getBasicConstraints()).isZero();
    assertEverybodyIsBelieved();
    assertThat(Files.getPosixFilePermissions(replica.files.privateKey()).toString())
        .doesNotContain("GROUP", "OTHERS");
    assertThat(store.state().toString()).doesNotContain("PRIVATE");
  }

  @Test
  void start_twoReplicasAtOnce_shareOneAuthority() throws Exception {
    var first = new Replica();
    var second = new Replica();
    store.beforeNextSave(second.keeper::tend);

    first.keeper.tend();
    tendAll(2);

    assertThat(first.count("authority_made")).isNull();
    assertThat(second.count("authority_made")).isEqualTo(1);
    assertThat(first.served().getIssuerX500Principal())
        .isEqualTo(second.served().getIssuerX500Principal());
    assertEverybodyIsBelieved();
  }

  @Test
  void bundleThatCannotBePublished_nothingIsServedWithIt() throws Exception {
    var replica = new Replica();
    canPublish = false;

    tendAll(3);
    assertThat(replica.files.certificate()).doesNotExist();

    canPublish = true;
    tendAll(1);
    assertEverybodyIsBelieved();
  }

  @Test
  void certificate_isRenewedWellBeforeItsEnd() throws Exception {
    var replica = new Replica();
    tendAll(2);
    X509Certificate before = replica.served();

    now = now.plus(DAY.multipliedBy(5));
    tendAll(1);
    assertThat(replica.served()).isEqualTo(before);
    now = now.plus(DAY.multipliedBy(2));
    tendAll(1);

    assertThat(replica.served()).isNotEqualTo(before);
    assertThat(before.getNotAfter().toInstant()).isAfter(now);
    assertEverybodyIsBelieved();
  }

  @Test
  void authority_isReplacedWithOverlap_andNobodyIsEverNotBelieved() throws Exception {
    var first = new Replica();
    var second = new Replica();
    tendAll(2);
    X509Certificate old = store.state().signer().certificate();

    now = now.plus(DAY.multipliedBy(61));
    first.keeper.tend();
    assertThat(store.state().next()).isPresent();
    assertThat(store.state().bundle()).hasSize(2);
    tendAll(2);
    assertThat(store.state().publishedAt()).contains(now);
    assertThat(store.state().signer().certificate()).isEqualTo(old);
    assertEverybodyIsBelieved();

    now = now.plus(HOUR.minusSeconds(1));
    tendAll(1);
    assertThat(store.state().signer().certificate()).isEqualTo(old);
    now = now.plusSeconds(1);
    canPublish = false; // somebody has changed an APIService: not now
    tendAll(1);
    assertThat(store.state().signer().certificate()).isEqualTo(old);
    canPublish = true;
    tendAll(3);

    assertThat(store.state().signer().certificate()).isNotEqualTo(old);
    assertThat(store.state().retired()).containsExactly(old);
    assertEverybodyIsBelieved();
    for (Replica replica : List.of(first, second)) {
      assertThat(isSignedBy(replica.served(), store.state().signer().certificate())).isTrue();
    }
    assertThat(sum("authority_promoted")).isEqualTo(1);

    now = now.plus(DAY.multipliedBy(8));
    tendAll(2);
    assertThat(store.state().retired()).containsExactly(old);
    now = now.plus(DAY);
    tendAll(2);
    assertThat(store.state().retired()).isEmpty();
    assertThat(Pem.certificates(bundle)).doesNotContain(old).hasSize(1);
    assertEverybodyIsBelieved();
  }

  private double sum(String change) {
    return replicas.stream()
        .map(replica -> replica.count(change))
        .mapToDouble(count -> count == null ? 0 : count)
        .sum();
  }

  @Test
  void promotionByTwoReplicasAtOnce_happensOnce() throws Exception {
    var first = new Replica();
    var second = new Replica();
    tendAll(2);
    now = now.plus(DAY.multipliedBy(61));
    store.beforeNextSave(second.keeper::tend);

    tendAll(4);
    now = now.plus(HOUR);
    store.beforeNextSave(second.keeper::tend);
    tendAll(3);

    assertThat(sum("authority_announced")).isEqualTo(1);
    assertThat(sum("authority_promoted")).isEqualTo(1);
    assertThat(first.count("certificate_made")).isEqualTo(second.count("certificate_made"));
    assertEverybodyIsBelieved();
  }

  @Test
  void storeThatCannotBeRead_whatIsServedStays() throws Exception {
    var replica = new Replica();
    tendAll(2);
    X509Certificate before = replica.served();

    store.fail("Secret a/b does not exist");
    tendAll(2);

    assertThat(replica.served()).isEqualTo(before);
  }

  @Test
  void start_waitsForTheFirstCertificate() throws Exception {
    var replica = new Replica();

    replica.keeper.start();

    assertEverybodyIsBelieved();
    replica.keeper.close();
    assertThat(replica.files.certificate()).doesNotExist();
    replicas.clear();
  }

  @Test
  void pem_thatIsNone_isRefusedWithoutItsText() {
    assertThatExceptionOfType(GeneralSecurityException.class)
        .isThrownBy(() -> Pem.identity("", "SECRET"))
        .withMessageNotContaining("SECRET");
  }
}
