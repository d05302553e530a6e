package io.gpuscaling.cli.doctor;

import io.gpuscaling.cli.doctor.Facts.Access;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether the accounts may do what they need to, as the API server's own authorizer says. */
final class RightsChecks {

  private static final String REVIEW = "create subjectaccessreviews.authorization.k8s.io";

  private RightsChecks() {}

  static Finding ofHpaController(Facts facts) {
    return look(
        facts,
        CheckId.HPA_RIGHTS,
        Right.HPA_CONTROLLER,
        Right.OF_HPA_CONTROLLER,
        "bind ClusterRole gpuscaling:metrics-reader to it (manifests/base); where the controller"
            + " manager runs all controllers as one user, to that one");
  }

  static Finding ofAdapter(Facts facts) {
    return look(
        facts,
        CheckId.ADAPTER_RIGHTS,
        facts.user("metrics-adapter"),
        Right.ofAdapter(facts.namespace()),
        "apply the roles and bindings of manifests/base/metrics-adapter.yaml");
  }

  static Finding ofExporter(Facts facts) {
    return look(
        facts,
        CheckId.EXPORTER_RIGHTS,
        facts.user("exporter"),
        Right.ofExporter(),
        "apply the roles and bindings of manifests/base/exporter.yaml");
  }

  private static Finding look(
      Facts facts, CheckId check, String user, List<Right> rights, String fix) {
    Optional<Finding> gap = facts.accessFailure().flatMap(it -> Facts.gap(check, it, REVIEW));
    if (gap.isPresent()) {
      return gap.get();
    }
    List<Right> unasked =
        rights.stream().filter(it -> !facts.accesses().containsKey(new Access(user, it))).toList();
    if (!unasked.isEmpty()) {
      return Finding.unknown(
          check,
          "the API server did not say whether " + user + " may " + words(unasked),
          "ask as somebody with the right to " + REVIEW);
    }
    List<Right> missing =
        rights.stream()
            .filter(it -> !facts.accesses().getOrDefault(new Access(user, it), false))
            .toList();
    return missing.isEmpty()
        ? Finding.ok(check, user + " has its " + rights.size() + " rights")
        : Finding.fault(check, user + " may not " + words(missing), fix);
  }

  private static String words(List<Right> rights) {
    return rights.stream().map(Right::toString).collect(Collectors.joining(", "));
  }
}
