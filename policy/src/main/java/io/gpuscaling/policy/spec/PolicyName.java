package io.gpuscaling.policy.spec;

/** Names one policy in the cluster. */
public record PolicyName(String namespace, String name) implements Comparable<PolicyName> {

  @Override
  public int compareTo(PolicyName other) {
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  /** {@code namespace/name}. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
