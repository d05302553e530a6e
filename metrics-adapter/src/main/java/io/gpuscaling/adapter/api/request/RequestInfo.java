package io.gpuscaling.adapter.api.request;

import io.gpuscaling.adapter.api.selector.FieldSelector;
import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.UserInfo;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a request does in the eyes of an authorizer: equal to the RequestInfo of the Kubernetes API
 * server, which authorizes the same request before it proxies it.
 *
 * @param verb {@code get}, {@code list}, ...; empty for a method that has none on resources
 */
record RequestInfo(
    boolean isResource,
    String path,
    String verb,
    String group,
    String version,
    String resource,
    String subresource,
    String namespace,
    String name) {

  private static final int MIN_RESOURCE_SEGMENTS = 4;
  private static final Set<String> LEGACY_VERBS = Set.of("watch", "proxy");
  private static final Set<String> NAMESPACE_SUBRESOURCES = Set.of("status", "finalize");

  static RequestInfo of(String method, RequestTarget target) {
    List<String> segments = target.segments();
    if (segments.size() < MIN_RESOURCE_SEGMENTS || !segments.getFirst().equals("apis")) {
      return nonResource(method, target.path());
    }
    List<String> parts = segments.subList(3, segments.size());
    String verb = verb(method);
    if (LEGACY_VERBS.contains(parts.getFirst())) {
      if (parts.size() < 2) {
        return nonResource(method, target.path());
      }
      verb = parts.getFirst();
      parts = parts.subList(1, parts.size());
    }
    String namespace = "";
    if (parts.getFirst().equals("namespaces") && parts.size() > 1) {
      namespace = parts.get(1);
      if (parts.size() > 2 && !NAMESPACE_SUBRESOURCES.contains(parts.get(2))) {
        parts = parts.subList(2, parts.size());
      }
    }
    String name = parts.size() > 1 ? parts.get(1) : "";
    if (name.isEmpty() && verb.equals("get")) {
      verb = target.query().isSet("watch") ? "watch" : "list";
      name = nameByField(target.query());
    } else if (name.isEmpty() && verb.equals("delete")) {
      verb = "deletecollection";
    }
    return new RequestInfo(
        true,
        target.path(),
        verb,
        segments.get(1),
        segments.get(2),
        parts.getFirst(),
        parts.size() > 2 && !verb.equals("proxy") ? parts.get(2) : "",
        namespace,
        name);
  }

  /** A request whose path cannot be read is no request for a resource. */
  static RequestInfo nonResource(String method, String path) {
    return new RequestInfo(false, path, method.toLowerCase(Locale.ROOT), "", "", "", "", "", "");
  }

  AccessRequest by(UserInfo user) {
    return isResource
        ? new AccessRequest.Resource(
            user, verb, group, version, resource, subresource, namespace, name)
        : new AccessRequest.NonResource(user, verb, path);
  }

  private static String verb(String method) {
    return switch (method) {
      case "GET", "HEAD" -> "get";
      case "POST" -> "create";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> "delete";
      default -> "";
    };
  }

  private static String nameByField(QueryParameters query) {
    return switch (FieldSelector.parse(query.getOrEmpty("fieldSelector"))) {
      case FieldSelector.Parsed.Valid(FieldSelector selector) ->
          selector
              .requiredName()
              .filter(name -> !name.equals(".") && !name.equals(".."))
              .filter(name -> name.indexOf('/') < 0 && name.indexOf('%') < 0)
              .orElse("");
      case FieldSelector.Parsed.Invalid _ -> "";
    };
  }
}
