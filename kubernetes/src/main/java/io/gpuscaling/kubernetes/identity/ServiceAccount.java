package io.gpuscaling.kubernetes.identity;

/** A ServiceAccount by namespace and name. */
public record ServiceAccount(String namespace, String name) {

  /** As in configuration and messages: {@code namespace/name}. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
