package io.gpuscaling.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Certificates and APIServices that fit, and what changes when one thing does not. */
class FittingInstallationTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final String NAME = "metrics-adapter.gpuscaling.svc";

  private final CertificateAuthority authority =
      CertificateAuthority.create("ca", InstantSource.fixed(NOW));
  private final Map<Question, Fact> answers = new EnumMap<>(Question.class);

  private Facts facts(String dnsName, Instant now) {
    IssuedCertificate issued = authority.issueServer("a", new SubjectName.Dns(dnsName));
    String secret = "{\"data\": {\"tls.crt\": \"%s\"}}".formatted(base64(issued.certificatePem()));
    tell(Question.ADAPTER_SECRET, secret);
    tell(Question.LEASE_SECRET, secret);
    StringBuilder items = new StringBuilder();
    for (String name : ApiChecks.NAMES) {
      items
          .append(items.isEmpty() ? "" : ",")
          .append(
              """
              {"metadata": {"name": "%s"},
               "spec": {"caBundle": "%s",
                "service": {"namespace": "gpuscaling", "name": "metrics-adapter"}},
               "status": {"conditions": [{"type": "Available", "status": "True"}]}}
              """
                  .formatted(name, base64(authority.certificatePem())));
    }
    tell(Question.API_SERVICES, "{\"items\": [" + items + "]}");
    return new Facts("gpuscaling", answers, Map.of(), Optional.empty(), now, Duration.ZERO);
  }

  private void tell(Question question, String json) {
    answers.put(question, new Fact.Told(JSON.readTree(json)));
  }

  private static String base64(String pem) {
    return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void whatFits_isOk() {
    Facts facts = facts(NAME, NOW);

    assertThat(CertificateChecks.fitting(facts))
        .extracting(Finding::verdict)
        .containsExactly(Verdict.OK);
    assertThat(CertificateChecks.ends(facts))
        .extracting(Finding::verdict)
        .containsExactly(Verdict.OK);
    assertThat(ApiChecks.owner(facts)).extracting(Finding::verdict).containsExactly(Verdict.OK);
    assertThat(ApiChecks.available(facts)).extracting(Finding::verdict).containsExactly(Verdict.OK);
  }

  @Test
  void certificate_forAnotherName_isAFault() {
    assertThat(CertificateChecks.fitting(facts("elsewhere", NOW)))
        .singleElement()
        .satisfies(it -> assertThat(it.reason()).contains("is for [elsewhere]", NAME));
  }

  @Test
  void certificate_thatEndsSoon_isAWarning() {
    // The testkit's live 7 days: a fifth of that is 33.6 h.
    assertThat(CertificateChecks.ends(facts(NAME, NOW.plus(Duration.ofDays(6)))))
        .extracting(Finding::verdict)
        .containsExactly(Verdict.WARNING, Verdict.WARNING);
  }

  @Test
  void secret_withoutACertificate_isAFault_andLeavesTheRestUnknown() {
    Facts facts = facts(NAME, NOW);
    answers.put(Question.ADAPTER_SECRET, new Fact.Absent());
    Facts without =
        new Facts("gpuscaling", answers, Map.of(), Optional.empty(), NOW, facts.roundTrip());

    assertThat(CertificateChecks.ends(without))
        .singleElement()
        .satisfies(it -> assertThat(it.reason()).contains("holds no certificate"));
    assertThat(CertificateChecks.fitting(without))
        .extracting(Finding::verdict)
        .containsExactly(Verdict.UNKNOWN);
  }

  @Test
  void exporters_onAllOfManyNodes_areOk_andOnNoneAreShortened() {
    var nodes = new StringBuilder();
    var pods = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      String comma = i == 0 ? "" : ",";
      nodes
          .append(comma)
          .append(
              "{\"metadata\": {\"name\": \"n%02d\"}, \"status\": {\"allocatable\":".formatted(i))
          .append(" {\"nvidia.com/gpu\": \"8\"}}}");
      pods.append(comma)
          .append("{\"metadata\": {\"labels\": {\"app.kubernetes.io/name\": \"exporter\"}},")
          .append(" \"spec\": {\"nodeName\": \"n%02d\"}, \"status\": {\"conditions\":".formatted(i))
          .append(" [{\"type\": \"Ready\", \"status\": \"True\"}]}}");
    }
    tell(Question.NODES, "{\"items\": [" + nodes + "]}");
    tell(Question.OWN_PODS, "{\"items\": [" + pods + "]}");
    assertThat(NodeChecks.exporters(facts(NAME, NOW)).verdict()).isEqualTo(Verdict.OK);

    tell(Question.OWN_PODS, "{\"items\": []}");
    assertThat(List.of(NodeChecks.exporters(facts(NAME, NOW)).reason()))
        .allMatch(it -> it.contains("on 12 of 12 GPU nodes: n00, n01") && it.endsWith("n09 ..."));
  }
}
