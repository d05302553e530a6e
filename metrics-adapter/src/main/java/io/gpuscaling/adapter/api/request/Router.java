package io.gpuscaling.adapter.api.request;

import io.gpuscaling.adapter.api.ApiError;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.InstallationQuery;
import io.gpuscaling.adapter.api.PolicySubresource;
import io.gpuscaling.adapter.api.request.MetricsRequest.Refused;
import io.gpuscaling.adapter.api.selector.FieldSelector;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.core.config.GoDuration;
import io.gpuscaling.core.config.Parsed;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Finds out what one request is for. For use by one thread, once. */
public final class Router {

  /** The longest that a request may take, and what it may when it does not say. */
  public static final Duration MAX_TIMEOUT = Duration.ofSeconds(60);

  private static final Set<String> PROBES = Set.of("livez", "readyz", "healthz");
  private static final Set<String> NAMESPACE_SUBRESOURCES = Set.of("status", "finalize");
  private static final int MAX_NAME_LENGTH = 253;

  /** The parameter that asks who contributes to a value instead of for the value. */
  private static final String CONTRIBUTORS = "contributors";

  private final String method;
  private final RequestTarget target;
  private final Negotiation negotiation;
  private final RouteOptions options;
  private boolean isPretty;

  Router(String method, RequestTarget target, Negotiation negotiation, RouteOptions options) {
    this.method = method;
    this.target = target;
    this.negotiation = negotiation;
    this.options = options;
    this.isPretty = negotiation.pretty();
  }

  static boolean isProbe(String segment) {
    return PROBES.contains(segment);
  }

  MetricsRequest route() {
    try {
      checkNumbers();
      isPretty = target.query().get("pretty").map(Negotiation::isTrue).orElse(negotiation.pretty());
      return byFirstSegment();
    } catch (BadParameter e) {
      return refused(new ApiError.BadRequest(String.valueOf(e.getMessage())));
    }
  }

  private MetricsRequest byFirstSegment() throws BadParameter {
    List<String> segments = target.segments();
    int count = segments.size();
    String first = count == 0 ? "" : segments.getFirst();
    if (isProbe(first) && count <= 2) {
      return get(() -> health(first, count == 2 ? segments.get(1) : ""));
    }
    return switch (first) {
      case "metrics" -> count == 1 ? get(MetricsRequest.OwnMetrics::new) : noSuchPath();
      case "version" -> count == 1 ? json(new MetricsRequest.Version(isPretty)) : noSuchPath();
      case "openapi" -> openApi(segments.subList(1, count));
      case "apis" -> apis(segments.subList(1, count));
      default -> noSuchPath();
    };
  }

  private MetricsRequest health(String probe, String check) {
    Set<String> excluded =
        Arrays.stream(target.query().getOrEmpty("exclude").split(",", -1))
            .filter(name -> !name.isBlank())
            .collect(Collectors.toSet());
    return new MetricsRequest.Health(
        probe, check, target.query().get("verbose").isPresent(), excluded);
  }

  private MetricsRequest openApi(List<String> rest) {
    if (rest.equals(List.of("v2"))) {
      return json(new MetricsRequest.OpenApiV2());
    }
    if (rest.equals(List.of("v3"))) {
      return json(new MetricsRequest.OpenApiV3Index());
    }
    if (rest.size() == 4 && rest.subList(0, 2).equals(List.of("v3", "apis"))) {
      return served(rest.get(2), rest.get(3))
          .map(version -> json(new MetricsRequest.OpenApiV3(version)))
          .orElseGet(Router::noSuchPath);
    }
    return noSuchPath();
  }

  private Optional<ApiVersion> served(String group, String version) {
    return ApiVersion.of(group, version).filter(options.versions()::contains);
  }

  private MetricsRequest apis(List<String> rest) throws BadParameter {
    if (rest.isEmpty()) {
      return get(() ->
          negotiation.aggregatedDiscovery() || negotiation.json()
              ? new MetricsRequest.Groups(negotiation.aggregatedDiscovery(), isPretty)
              : refused(new ApiError.NotAcceptable()));
    }
    if (rest.size() == 1) {
      return options.isServed(rest.getFirst())
          ? json(new MetricsRequest.Group(rest.getFirst(), isPretty))
          : noSuchPath();
    }
    Optional<ApiVersion> version = served(rest.getFirst(), rest.get(1));
    if (version.isEmpty()) {
      return noSuchPath();
    }
    List<String> parts = rest.subList(2, rest.size());
    if (parts.isEmpty()) {
      return json(new MetricsRequest.Resources(version.get(), isPretty));
    }
    return switch (version.get()) {
      case EXTERNAL_V1BETA1 -> external(parts);
      case CUSTOM_V1BETA1, CUSTOM_V1BETA2 -> custom(version.get(), parts);
      case SUBRESOURCES_V1ALPHA1 ->
          parts.equals(List.of(InstallationQuery.RESOURCE, InstallationQuery.NAME))
              ? unreadable(InstallationQuery.RESOURCE)
                  .orElseGet(() -> new MetricsRequest.Installation(isPretty))
              : policy(parts);
    };
  }

  private MetricsRequest policy(List<String> parts) {
    Optional<PolicySubresource> what = PolicySubresource.of(parts.getLast());
    if (parts.size() != 5
        || !parts.getFirst().equals("namespaces")
        || !parts.get(2).equals(PolicySubresource.RESOURCE)
        || what.isEmpty()
        || isTooLong(parts)) {
      return noSuchPath();
    }
    return unreadable(PolicySubresource.RESOURCE + "/" + what.get().word())
        .orElseGet(
            () -> new MetricsRequest.Policy(what.get(), parts.get(1), parts.get(3), isPretty));
  }

  private MetricsRequest external(List<String> parts) throws BadParameter {
    if (parts.size() != 3
        || !parts.getFirst().equals("namespaces")
        || NAMESPACE_SUBRESOURCES.contains(parts.get(2))
        || isTooLong(parts)) {
      return noSuchPath();
    }
    Optional<MetricsRequest> unreadable = unreadable("*.external.metrics.k8s.io");
    if (unreadable.isPresent()) {
      return unreadable.get();
    }
    fieldSelector();
    var query = new ExternalQuery(parts.get(1), parts.get(2), labelSelector("labelSelector"));
    return isAboutContributors()
        ? new MetricsRequest.ExternalContributors(query, isPretty)
        : new MetricsRequest.External(query, isPretty);
  }

  private MetricsRequest custom(ApiVersion version, List<String> parts) throws BadParameter {
    boolean inNamespace = parts.getFirst().equals("namespaces");
    String namespace;
    GroupResource resource;
    String name;
    if (inNamespace && parts.size() == 4 && parts.get(2).equals("metrics")) {
      // Authorized as resource "metrics" of the namespace, served as the Namespace itself.
      namespace = "";
      resource = new GroupResource("", "namespaces");
      name = parts.get(1);
    } else if (inNamespace && parts.size() == 5) {
      namespace = parts.get(1);
      resource = KnownResource.resource(parts.get(2));
      name = parts.get(3);
      boolean isServedNode =
          resource.resource().equals("nodes") && options.servesNodesInNamespaces();
      if (NAMESPACE_SUBRESOURCES.contains(parts.get(2))
          || (KnownResource.isClusterScoped(resource) && !isServedNode)) {
        return noSuchPath();
      }
    } else if (!inNamespace && parts.size() == 3) {
      namespace = "";
      resource = KnownResource.resource(parts.getFirst());
      name = parts.get(1);
      if (KnownResource.isNamespaced(resource) || Set.of("watch", "proxy").contains(parts.get(0))) {
        return noSuchPath();
      }
    } else if (inNamespace && parts.size() == 3) {
      // A metric without an object. In the words of the reference library.
      throw new BadParameter("invalid request path");
    } else {
      return noSuchPath();
    }
    if (isTooLong(parts)) {
      return noSuchPath();
    }
    Optional<MetricsRequest> unreadable = unreadable(resource + "." + version.group());
    if (unreadable.isPresent()) {
      return unreadable.get();
    }
    LabelSelector objects = labelSelector("labelSelector");
    LabelSelector series = labelSelector("metricLabelSelector");
    boolean isForAll = name.equals(CustomQuery.ALL);
    FieldSelector fields = fieldSelector();
    if (!fields.matches(name, namespace)) {
      throw new BadParameter("field selector does not match the name or namespace of the path");
    }
    var query =
        new CustomQuery(
            namespace,
            resource,
            name,
            parts.getLast(),
            isForAll ? objects : LabelSelector.EVERYTHING,
            series);
    return isAboutContributors()
        ? new MetricsRequest.CustomContributors(version, query, isPretty)
        : new MetricsRequest.Custom(version, query, isPretty);
  }

  /** Of the same path as the value, so that who may read the one may read the other. */
  private boolean isAboutContributors() {
    return target.query().get(CONTRIBUTORS).map(Negotiation::isTrue).orElse(false);
  }

  private static boolean isTooLong(List<String> parts) {
    return parts.stream().anyMatch(part -> part.length() > MAX_NAME_LENGTH);
  }

  private LabelSelector labelSelector(String parameter) throws BadParameter {
    return switch (LabelSelector.parse(target.query().getOrEmpty(parameter))) {
      case LabelSelector.Parsed.Valid(LabelSelector selector) -> selector;
      case LabelSelector.Parsed.Invalid(String message) ->
          throw new BadParameter(parameter + ": " + message);
    };
  }

  private FieldSelector fieldSelector() throws BadParameter {
    return switch (FieldSelector.parse(target.query().getOrEmpty("fieldSelector"))) {
      case FieldSelector.Parsed.Valid(FieldSelector selector) -> selector;
      case FieldSelector.Parsed.Invalid(String message) ->
          throw new BadParameter("fieldSelector: " + message);
    };
  }

  /** Parameters that change nothing here must still make sense. */
  private void checkNumbers() throws BadParameter {
    for (String parameter : new String[] {"limit", "timeoutSeconds"}) {
      Optional<String> text = target.query().get(parameter);
      if (text.isPresent() && !text.get().matches("[+-]?[0-9]{1,18}")) {
        throw new BadParameter(parameter + ": must be an integer");
      }
    }
    timeout(target.query());
  }

  /** How long the caller waits. */
  static Duration timeout(QueryParameters query) throws BadParameter {
    String text = query.getOrEmpty("timeout");
    if (text.isEmpty()) {
      return MAX_TIMEOUT;
    }
    return switch (GoDuration.parse(text)) {
      // Zero means the limit, as in Kubernetes.
      case Parsed.Value<Duration>(Duration timeout)
          when timeout.isPositive() && timeout.compareTo(MAX_TIMEOUT) < 0 ->
          timeout;
      case Parsed.Value<Duration>(Duration timeout) when !timeout.isNegative() -> MAX_TIMEOUT;
      case Parsed.Value<Duration> _, Parsed.Refused<Duration> _ ->
          throw new BadParameter("timeout: must be a duration such as 30s");
    };
  }

  /** What keeps the values of a resource from being read in the way that is asked. */
  private Optional<MetricsRequest> unreadable(String resource) {
    if (!method.equals("GET")) {
      return Optional.of(refused(methodNotAllowed()));
    }
    if (target.query().isSet("watch")) {
      return Optional.of(
          refused(
              new ApiError.MethodNotAllowed(
                  "watch is not supported on resources of kind \"" + resource + "\"")));
    }
    return negotiation.json()
        ? Optional.empty()
        : Optional.of(refused(new ApiError.NotAcceptable()));
  }

  private MetricsRequest get(Supplier<MetricsRequest> request) {
    return method.equals("GET") ? request.get() : refused(methodNotAllowed());
  }

  private MetricsRequest json(MetricsRequest request) {
    return get(() -> negotiation.json() ? request : refused(new ApiError.NotAcceptable()));
  }

  private static ApiError methodNotAllowed() {
    return new ApiError.MethodNotAllowed("the server does not allow this method on this path");
  }

  private static MetricsRequest noSuchPath() {
    return refused(new ApiError.NoSuchPath());
  }

  private static MetricsRequest refused(ApiError error) {
    return new Refused(error);
  }
}
