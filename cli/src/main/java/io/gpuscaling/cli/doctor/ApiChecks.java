package io.gpuscaling.cli.doctor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Who serves the metrics APIs, and whether they are reached. */
final class ApiChecks {

  private static final String CUSTOM_1 = "v1beta1.custom.metrics.k8s.io";
  private static final String CUSTOM_2 = "v1beta2.custom.metrics.k8s.io";
  private static final String EXTERNAL = "v1beta1.external.metrics.k8s.io";
  private static final String SUBRESOURCES = "v1alpha1.subresources.gpuscaling.io";

  /** The APIServices that the base installs. */
  static final List<String> NAMES = List.of(CUSTOM_1, CUSTOM_2, EXTERNAL, SUBRESOURCES);

  private ApiChecks() {}

  static Finding reached(Facts facts) {
    Fact caller = facts.answer(Question.CALLER);
    return switch (caller) {
      case Fact.Told(JsonNode body) ->
          Finding.ok(
              CheckId.API_SERVER,
              "the API server answers, you are "
                  + body.at("/status/userInfo/username").asString("nobody that it names"));
      // Before 1.28 nobody could ask who they are; the rest is asked all the same.
      case Fact.Absent _ -> Finding.ok(CheckId.API_SERVER, "the API server answers");
      case Fact.Forbidden _ -> Finding.ok(CheckId.API_SERVER, "the API server answers");
      case Fact.Refused(String message) ->
          Finding.fault(
              CheckId.API_SERVER,
              "the API server refuses you: " + message,
              "see `kubectl auth whoami` and the kubeconfig that you use");
      case Fact.Unreached(String why) ->
          Finding.fault(
              CheckId.API_SERVER,
              "the API server does not answer: " + why,
              "see `kubectl get --raw /readyz` and the kubeconfig that you use");
    };
  }

  static List<Finding> owner(Facts facts) {
    Optional<Finding> gap = facts.gap(CheckId.API_OWNER, Question.API_SERVICES);
    if (gap.isPresent()) {
      return List.of(gap.get());
    }
    Map<String, JsonNode> byName = byName(facts);
    List<Finding> findings = new ArrayList<>();
    for (String name : NAMES) {
      JsonNode found = byName.get(name);
      String owner = found == null ? "" : service(found);
      if (found == null) {
        findings.add(
            Finding.fault(
                CheckId.API_OWNER,
                "there is no APIService " + name,
                "apply manifests/base, or set apis.custom or apis.external to false if meant so"));
      } else if (!owner.equals(ours(facts))) {
        findings.add(foreign(name, owner));
      }
    }
    return findings.isEmpty()
        ? List.of(Finding.ok(CheckId.API_OWNER, "all four lead to " + ours(facts)))
        : findings;
  }

  private static Finding foreign(String name, String owner) {
    String reason = name + " leads to " + owner + product(owner);
    // KEDA beside us is a documented way to run: policies do without the external API.
    return name.equals(EXTERNAL)
        ? Finding.warning(
            CheckId.API_OWNER,
            reason + ": our external metrics are not served",
            "leave it so and use Object metrics (docs/how-to/beside-keda.md), or take it over")
        : Finding.fault(
            CheckId.API_OWNER,
            reason + ": HPAs do not get our metrics there",
            "apply our APIService, or run beside it as docs/how-to/beside-keda.md says");
  }

  private static String product(String owner) {
    if (owner.contains("keda")) {
      return " (KEDA)";
    }
    return owner.contains("prometheus-adapter") ? " (prometheus-adapter)" : "";
  }

  static List<Finding> available(Facts facts) {
    Optional<Finding> gap = facts.gap(CheckId.API_AVAILABLE, Question.API_SERVICES);
    if (gap.isPresent()) {
      return List.of(gap.get());
    }
    List<Finding> findings = new ArrayList<>();
    List<String> well = new ArrayList<>();
    byName(facts).values().stream()
        .filter(it -> service(it).equals(ours(facts)))
        .sorted(Comparator.comparing(KubeObject::name))
        .forEach(it -> {
          Optional<JsonNode> condition = KubeObject.condition(it, "Available");
          if (condition.isPresent() && KubeObject.isTrue(condition.get())) {
            well.add(KubeObject.name(it));
          } else {
            findings.add(unavailable(KubeObject.name(it), condition));
          }
        });
    if (findings.isEmpty() && well.isEmpty()) {
      return List.of(
          Finding.unknown(
              CheckId.API_AVAILABLE, "no APIService leads to the adapter", "see api-owner"));
    }
    return findings.isEmpty()
        ? List.of(Finding.ok(CheckId.API_AVAILABLE, well.size() + " APIServices are Available"))
        : findings;
  }

  private static Finding unavailable(String name, Optional<JsonNode> condition) {
    String why =
        condition
            .map(it -> it.path("reason").asString("") + ": " + it.path("message").asString(""))
            .orElse("the API server has not looked yet");
    String fix =
        why.contains("x509") || why.contains("tls:")
            ? "the certificate is not believed: see " + CheckId.API_CERTIFICATE.id()
            : "see "
                + CheckId.ADAPTER_REPLICAS.id()
                + ", then whether the API server reaches the"
                + " Service (network policies, konnectivity, port 6443)";
    return Finding.fault(CheckId.API_AVAILABLE, name + " is not Available: " + why, fix);
  }

  static List<Finding> replicas(Facts facts) {
    CheckId check = CheckId.ADAPTER_REPLICAS;
    Optional<Finding> gap = facts.gap(check, Question.ADAPTER);
    if (gap.isPresent()) {
      return List.of(gap.get());
    }
    if (facts.answer(Question.ADAPTER) instanceof Fact.Absent) {
      return List.of(
          Finding.fault(
              check,
              "there is no Deployment metrics-adapter in namespace " + facts.namespace(),
              "apply the manifests, or name its namespace by --namespace"));
    }
    JsonNode adapter = facts.object(Question.ADAPTER);
    int wanted = adapter.at("/spec/replicas").asInt(1);
    int ready = adapter.at("/status/readyReplicas").asInt(0);
    String reason = ready + " of " + wanted + " replicas of the adapter are ready";
    if (ready == 0) {
      return List.of(
          Finding.fault(
              check,
              reason + ": no HPA gets a metric of ours",
              "kubectl -n " + facts.namespace() + " describe pods, and their logs"));
    }
    if (ready < wanted || ready < 2) {
      return List.of(
          Finding.warning(
              check, reason + ": none is left when one is lost", "run two or more, on two nodes"));
    }
    return List.of(Finding.ok(check, reason));
  }

  static Map<String, JsonNode> byName(Facts facts) {
    return facts.items(Question.API_SERVICES).stream()
        .filter(it -> NAMES.contains(KubeObject.name(it)))
        .collect(Collectors.toMap(KubeObject::name, it -> it, (a, _) -> a));
  }

  /** {@code namespace/name} of the Service that an APIService leads to. */
  static String service(JsonNode apiService) {
    JsonNode service = apiService.at("/spec/service");
    return service.isObject()
        ? service.path("namespace").asString("") + "/" + service.path("name").asString("")
        : "the API server itself";
  }

  static String ours(Facts facts) {
    return facts.namespace() + "/metrics-adapter";
  }
}
