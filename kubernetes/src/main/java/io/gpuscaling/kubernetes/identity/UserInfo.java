package io.gpuscaling.kubernetes.identity;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who a caller is, as Kubernetes says it.
 *
 * @param name the user name ({@code system:serviceaccount:NAMESPACE:NAME} for a ServiceAccount)
 * @param uid an id of the user, or the empty text
 * @param groups the groups, in order
 * @param extra further facts, keys in lower case
 */
public record UserInfo(
    String name, String uid, List<String> groups, Map<String, List<String>> extra) {

  /** The node that a bound ServiceAccount token was issued for. */
  public static final String NODE_NAME = "authentication.kubernetes.io/node-name";

  /** The pod that a bound ServiceAccount token was issued for. */
  public static final String POD_NAME = "authentication.kubernetes.io/pod-name";

  /** Its UID. */
  public static final String POD_UID = "authentication.kubernetes.io/pod-uid";

  private static final String SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:";

  /** Copies. */
  public UserInfo {
    groups = List.copyOf(groups);
    var copy = new LinkedHashMap<String, List<String>>();
    extra.forEach((key, values) -> copy.put(key, List.copyOf(values)));
    extra = Map.copyOf(copy);
  }

  /** The one value of an extra key, if there is exactly one. */
  public Optional<String> extraValue(String key) {
    List<String> values = extra.getOrDefault(key, List.of());
    return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
  }

  /** Namespace and name when the user is a ServiceAccount. */
  public Optional<ServiceAccount> serviceAccount() {
    if (!name.startsWith(SERVICE_ACCOUNT_PREFIX)) {
      return Optional.empty();
    }
    String[] parts = name.substring(SERVICE_ACCOUNT_PREFIX.length()).split(":", -1);
    return parts.length == 2 && !parts[0].isEmpty() && !parts[1].isEmpty()
        ? Optional.of(new ServiceAccount(parts[0], parts[1]))
        : Optional.empty();
  }
}
