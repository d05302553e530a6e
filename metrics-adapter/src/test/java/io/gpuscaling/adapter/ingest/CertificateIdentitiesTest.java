package io.gpuscaling.adapter.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.store.Contributor;
import java.time.Instant;
import java.util.Optional;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateIdentitiesTest {

  private static final String EXPORTER = "O=gpuscaling:exporters,CN=exporter";

  private final TestCa ca = new TestCa();

  @Test
  void identify_node_isThatNodeUntilTheCertificateEnds() {
    Instant end = TestCa.expiry();

    assertThat(identify(ca.client(EXPORTER, end, "gpuscaling://node/gpu-1")))
        .isEqualTo(new ExporterIdentity.Known(new Contributor.Node("gpu-1"), Optional.of(end)));
  }

  @Test
  void identify_queues_isAReader() {
    assertThat(identify(ca.client(EXPORTER, "gpuscaling://queues/reader-1")))
        .isInstanceOfSatisfying(
            ExporterIdentity.Known.class,
            known ->
                assertThat(known.contributor()).isEqualTo(new Contributor.QueueReader("reader-1")));
  }

  @Test
  void identify_otherNamesBeside_doNotMatter() {
    var issued =
        ca.issue(
            EXPORTER,
            TestCa.expiry(),
            new GeneralName(GeneralName.dNSName, "gpu-9"),
            new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://cluster/ns/x"),
            new GeneralName(GeneralName.uniformResourceIdentifier, "gpuscaling://node/gpu-1"));

    assertThat(identify(issued)).isInstanceOf(ExporterIdentity.Known.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CN=exporter",
        "O=gpuscaling:readers,CN=x",
        "O=gpuscaling:exporters2",
        "CN=gpuscaling:exporters",
        "OU=gpuscaling:exporters"
      })
  void identify_anotherOrganization_isForbidden(String subject) {
    assertThat(identify(ca.client(subject, "gpuscaling://node/gpu-1")))
        .isEqualTo(
            new ExporterIdentity.Forbidden(
                "the certificate is not one of the organization gpuscaling:exporters"));
  }

  @Test
  void identify_noNameOrTwo_isForbidden() {
    var forbidden =
        new ExporterIdentity.Forbidden(
            "the certificate must have exactly one URI name gpuscaling://...");

    assertThat(identify(ca.client(EXPORTER))).isEqualTo(forbidden);
    assertThat(identify(ca.client(EXPORTER, "spiffe://x/y"))).isEqualTo(forbidden);
    assertThat(identify(ca.client(EXPORTER, "gpuscaling://node/a", "gpuscaling://node/b")))
        .isEqualTo(forbidden);
    assertThat(identify(ca.client(EXPORTER, "gpuscaling://node/a", "gpuscaling://queues/a")))
        .isEqualTo(forbidden);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpuscaling://node",
        "gpuscaling://node/",
        "gpuscaling://node/a/b",
        "gpuscaling://node/a%2Fb",
        "gpuscaling://pods/a",
        "gpuscaling:node/a",
        "gpuscaling:///a",
        "gpuscaling://node/a?b",
        "gpuscaling://node/a#b",
        "gpuscaling://me@node/a",
        "gpuscaling://node:1/a",
        "gpuscaling://node/a b",
        "gpuscaling://node/%zz",
      })
  void identify_oddName_isForbiddenAndNoCrash(String uri) {
    assertThat(identify(ca.client(EXPORTER, uri))).isInstanceOf(ExporterIdentity.Forbidden.class);
  }

  private static ExporterIdentity identify(TestCa.Issued issued) {
    return CertificateIdentities.identify(issued.certificate());
  }
}
