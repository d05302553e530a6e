package io.gpuscaling.adapter.config;

import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.Validation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What can be set of the certificates that the metrics-adapter makes itself. */
final class CertificateKeys {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);

  static final ScalarKey<Boolean> SELF_MANAGED =
      ScalarKey.withDefault(
          "certificates.selfManaged",
          ScalarType.bool(),
          false,
          "Make the serving certificate and its CA here, share the CA by a Secret, and put it into the APIServices.");

  static final ScalarKey<String> AUTHORITY_SECRET =
      ScalarKey.withDefault(
          "certificates.secret",
          ScalarType.text("NAME"),
          "metrics-adapter-ca",
          "Secret in service.namespace that the replicas share the CA by; must exist.");

  static final ScalarKey<String> BUNDLE_CONFIG_MAP =
      ScalarKey.withDefault(
          "certificates.configMap",
          ScalarType.text("NAME"),
          "metrics-adapter-ca",
          "ConfigMap in service.namespace in which exporters find whom to trust (ca.crt); must exist.");

  static final ScalarKey<List<String>> EXTRA_DNS_NAMES =
      ScalarKey.list(
          "certificates.dnsNames",
          ScalarType.text("NAME"),
          "Further names of the certificate, besides SERVICE.NAMESPACE.svc.");

  static final ScalarKey<Duration> AUTHORITY_VALIDITY =
      ScalarKey.withDefault(
          "certificates.caValidity",
          ScalarType.duration(SECOND, DAY.multipliedBy(3650)),
          DAY.multipliedBy(365),
          "How long a CA lasts; the next is made when two thirds are over.");

  static final ScalarKey<Duration> VALIDITY =
      ScalarKey.withDefault(
          "certificates.validity",
          ScalarType.duration(SECOND, DAY.multipliedBy(365)),
          DAY.multipliedBy(30),
          "How long a certificate lasts; at most a third of caValidity. Renewed when two thirds are over.");

  static final ScalarKey<Duration> OVERLAP =
      ScalarKey.withDefault(
          "certificates.overlap",
          ScalarType.duration(SECOND, DAY.multipliedBy(30)),
          HOUR,
          "How long a new CA is trusted before it signs, longer than kubelets take to show a changed ConfigMap;"
              + " at most a sixth of caValidity.");

  static final KeyGroup GROUP =
      new KeyGroup(
          "Certificates of its own",
          List.of(
              SELF_MANAGED,
              AUTHORITY_SECRET,
              BUNDLE_CONFIG_MAP,
              EXTRA_DNS_NAMES,
              AUTHORITY_VALIDITY,
              VALIDITY,
              OVERLAP));

  static final Validation VALIDITIES =
      new Validation(
          List.of(AUTHORITY_VALIDITY, VALIDITY, OVERLAP), CertificateKeys::checkValidities);

  private CertificateKeys() {}

  private static List<ConfigProblem> checkValidities(Configuration config) {
    List<ConfigProblem> problems = new ArrayList<>();
    Duration whole = config.get(AUTHORITY_VALIDITY);
    if (config.get(VALIDITY).compareTo(whole.dividedBy(3)) > 0) {
      problems.add(config.problem(VALIDITY, "is more than a third of certificates.caValidity"));
    }
    if (config.get(OVERLAP).compareTo(whole.dividedBy(6)) > 0) {
      problems.add(config.problem(OVERLAP, "is more than a sixth of certificates.caValidity"));
    }
    return problems;
  }
}
