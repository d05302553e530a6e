package io.gpuscaling.cli.doctor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What the doctor says.
 *
 * @param findings by check in its order, of each the worst first
 */
public record Diagnosis(List<Finding> findings) {

  private static final Set<CheckId> OF_POLICIES =
      EnumSet.of(
          CheckId.HPA_SCALE_TO_ZERO,
          CheckId.WORKER_SESSIONS,
          CheckId.TARGET_FOLLOWED,
          CheckId.TARGET_AUTOSCALERS,
          CheckId.NAMESPACE_GRANTS,
          CheckId.PROMETHEUS_QUERIES);

  /** Copies, and puts them in order. */
  public Diagnosis {
    findings =
        findings.stream()
            .distinct() // one gap may stand before several things
            .sorted(
                Comparator.comparing(Finding::check)
                    .thenComparing(Finding::verdict, Comparator.reverseOrder()))
            .toList();
  }

  /** Looks at everything. Pure. */
  public static Diagnosis of(Facts facts) {
    Policies policies = Policies.of(facts);
    List<Finding> findings = new ArrayList<>();
    findings.add(ApiChecks.reached(facts));
    findings.addAll(ApiChecks.owner(facts));
    findings.addAll(ApiChecks.available(facts));
    findings.addAll(CertificateChecks.fitting(facts));
    findings.addAll(ApiChecks.replicas(facts));
    findings.add(ClockChecks.leader(facts));
    findings.addAll(CertificateChecks.ends(facts));
    findings.add(RightsChecks.ofHpaController(facts));
    findings.add(RightsChecks.ofAdapter(facts));
    findings.add(RightsChecks.ofExporter(facts));
    findings.addAll(ClockChecks.skew(facts));
    findings.add(HpaFeatureChecks.tolerance(facts));
    findings.add(HpaFeatureChecks.scaleToZero(facts, policies));
    findings.add(NodeChecks.exporters(facts));
    findings.add(NodeChecks.dcgmExporters(facts));
    findings.addAll(ReportChecks.dcgmPages(facts));
    findings.addAll(ReportChecks.dcgmFields(facts, policies));
    findings.addAll(WorkerChecks.sessions(facts, policies));
    findings.addAll(BrokerChecks.access(facts, policies));
    findings.addAll(PolicyChecks.ready(facts));
    findings.addAll(TargetChecks.followed(facts, policies));
    findings.addAll(TargetChecks.autoscalers(facts, policies));
    findings.addAll(TargetChecks.stranded(facts));
    findings.addAll(PolicyChecks.grants(facts, policies));
    findings.addAll(PolicyChecks.queries(facts, policies));
    findings.addAll(ReportChecks.prometheusAnswers(facts));
    return new Diagnosis(
        policies.others().isEmpty() ? findings : doubted(findings, policies.others()));
  }

  /** What rests on policies that are not understood is not ok. */
  private static List<Finding> doubted(List<Finding> findings, List<String> others) {
    return findings.stream()
        .map(it ->
            it.verdict() == Verdict.OK && OF_POLICIES.contains(it.check())
                ? Finding.unknown(
                    it.check(),
                    "this version does not understand " + String.join(", ", others),
                    "use the version that the CRDs are of; see policies-ready")
                : it)
        .toList();
  }

  /** The worst of all. */
  public Verdict worst() {
    return findings.stream()
        .map(Finding::verdict)
        .max(Comparator.naturalOrder())
        .orElse(Verdict.OK);
  }

  /** How many findings say this. */
  public long count(Verdict verdict) {
    return findings.stream().filter(it -> it.verdict() == verdict).count();
  }
}
