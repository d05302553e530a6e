package io.gpuscaling.cli.doctor;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Certificates as they lie in Secrets and APIServices: names, authorities, ends. No key is read.
 */
final class CertificateChecks {

  /** As the programs warn of it: little is 7 days, or a fifth of the whole time if that is less. */
  private static final Duration LITTLE = Duration.ofDays(7);

  private static final int LITTLE_SHARE = 5;

  /** The kind of a subject alternative name, RFC 5280 section 4.2.1.6. */
  private static final Integer DNS_NAME = 2;

  private CertificateChecks() {}

  static List<Finding> ends(Facts facts) {
    List<Finding> findings = new ArrayList<>();
    for (Question secret : List.of(Question.ADAPTER_SECRET, Question.LEASE_SECRET)) {
      findings.add(end(facts, secret));
    }
    boolean allWell = findings.stream().allMatch(it -> it.verdict() == Verdict.OK);
    return allWell
        ? List.of(
            Finding.ok(
                CheckId.CERTIFICATE_ENDS,
                findings.get(0).reason() + "; " + findings.get(1).reason()))
        : findings.stream().filter(it -> it.verdict() != Verdict.OK).toList();
  }

  private static Finding end(Facts facts, Question secret) {
    CheckId check = CheckId.CERTIFICATE_ENDS;
    Optional<Finding> gap = facts.gap(check, secret);
    if (gap.isPresent()) {
      return gap.get();
    }
    String name = secretName(secret);
    String fix = "see the Certificate of cert-manager, or make a new one; it is read at once";
    List<X509Certificate> chain = chain(facts, secret);
    if (chain.isEmpty()) {
      return Finding.fault(check, "Secret " + name + " holds no certificate", fix);
    }
    X509Certificate first =
        chain.stream().min(Comparator.comparing(X509Certificate::getNotAfter)).orElseThrow();
    Instant end = first.getNotAfter().toInstant();
    Duration left = Duration.between(facts.now(), end);
    Duration whole = Duration.between(first.getNotBefore().toInstant(), end);
    Duration little = whole.dividedBy(LITTLE_SHARE);
    little = little.compareTo(LITTLE) < 0 ? little : LITTLE;
    if (!left.isPositive()) {
      return Finding.fault(check, "the certificate of Secret " + name + " ended at " + end, fix);
    }
    return left.compareTo(little) < 0
        ? Finding.warning(check, "the certificate of Secret " + name + " ends at " + end, fix)
        : Finding.ok(check, name + " until " + end);
  }

  static List<Finding> fitting(Facts facts) {
    CheckId check = CheckId.API_CERTIFICATE;
    Optional<Finding> gap = facts.gap(check, Question.API_SERVICES);
    if (gap.isPresent()) {
      return List.of(gap.get());
    }
    List<Finding> findings = new ArrayList<>();
    List<JsonNode> ours =
        ApiChecks.byName(facts).entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(Map.Entry::getValue)
            .filter(it -> ApiChecks.service(it).equals(ApiChecks.ours(facts)))
            .toList();
    Optional<Finding> secretGap = facts.gap(check, Question.ADAPTER_SECRET);
    List<X509Certificate> chain = chain(facts, Question.ADAPTER_SECRET);
    for (JsonNode apiService : ours) {
      unbelieved(apiService).ifPresent(findings::add);
      authority(apiService, chain, findings);
    }
    String wanted = "metrics-adapter." + facts.namespace() + ".svc";
    if (!chain.isEmpty() && !names(chain.getFirst()).contains(wanted)) {
      findings.add(
          Finding.fault(
              check,
              "the certificate of Secret "
                  + secretName(Question.ADAPTER_SECRET)
                  + " is for "
                  + names(chain.getFirst())
                  + ", the API server asks for "
                  + wanted,
              "issue it for " + wanted));
    }
    if (secretGap.isPresent()) {
      findings.add(secretGap.get());
    } else if (chain.isEmpty()) {
      findings.add(
          Finding.unknown(
              check,
              "there is no certificate in Secret " + secretName(Question.ADAPTER_SECRET),
              "see " + CheckId.CERTIFICATE_ENDS.id()));
    }
    return findings.isEmpty()
        ? List.of(
            Finding.ok(check, "its certificate is for " + wanted + " and of caBundle's authority"))
        : findings;
  }

  /** What the API server itself says of the certificate that it was shown. */
  private static Optional<Finding> unbelieved(JsonNode apiService) {
    return KubeObject.condition(apiService, "Available")
        .filter(it -> !KubeObject.isTrue(it))
        .map(it -> it.path("message").asString(""))
        .filter(it -> it.contains("x509") || it.contains("tls:"))
        .map(it ->
            Finding.fault(
                CheckId.API_CERTIFICATE,
                KubeObject.name(apiService) + ": the API server says: " + it,
                "set caBundle to the authority of the adapter's certificate, and issue that"
                    + " for the Service's name"));
  }

  private static void authority(
      JsonNode apiService, List<X509Certificate> chain, List<Finding> findings) {
    String name = KubeObject.name(apiService);
    CheckId check = CheckId.API_CERTIFICATE;
    if (apiService.at("/spec/insecureSkipTLSVerify").asBoolean(false)) {
      findings.add(
          Finding.warning(
              check,
              name + " takes any certificate: whoever answers for the Service names replicas",
              "remove insecureSkipTLSVerify and set caBundle"));
      return;
    }
    List<X509Certificate> authorities = read(apiService.at("/spec/caBundle").asString(""));
    if (authorities.isEmpty()) {
      findings.add(
          Finding.fault(
              check,
              name + " has no caBundle that holds a certificate",
              "set it to ca.crt of the adapter's Secret; cert-manager's CA injector does"));
    } else if (!chain.isEmpty() && !isSigned(chain, authorities)) {
      findings.add(
          Finding.fault(
              check,
              "caBundle of " + name + " is not the authority of the adapter's certificate",
              "set it to ca.crt of Secret " + secretName(Question.ADAPTER_SECRET)));
    }
  }

  private static boolean isSigned(List<X509Certificate> chain, List<X509Certificate> authorities) {
    return chain.stream()
        .anyMatch(link ->
            authorities.stream()
                .anyMatch(authority -> link.equals(authority) || isSigned(link, authority)));
  }

  private static boolean isSigned(X509Certificate certificate, X509Certificate authority) {
    try {
      certificate.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  private static List<String> names(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream()
              .filter(it -> DNS_NAME.equals(it.get(0)))
              .map(it -> String.valueOf(it.get(1)))
              .toList();
    } catch (CertificateException _) {
      return List.of();
    }
  }

  private static List<X509Certificate> chain(Facts facts, Question secret) {
    return read(facts.object(secret).path("data").path("tls.crt").asString(""));
  }

  private static List<X509Certificate> read(String base64) {
    try {
      byte[] pem = Base64.getDecoder().decode(base64.getBytes(StandardCharsets.US_ASCII));
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(pem))
          .stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (CertificateException | IllegalArgumentException _) {
      return List.of(); // The finding says that there is none.
    }
  }

  private static String secretName(Question secret) {
    return secret == Question.ADAPTER_SECRET ? "metrics-adapter-tls" : "exporter-lease-tls";
  }
}
