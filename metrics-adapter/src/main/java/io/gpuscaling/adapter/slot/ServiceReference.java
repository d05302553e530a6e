package io.gpuscaling.adapter.slot;

/**
 * A Service that an APIService leads to.
 *
 * @param port the port of the Service, 443 unless somebody said otherwise
 */
public record ServiceReference(String namespace, String name, int port) {

  /** Whether it is the same Service; an APIService may name another of its ports. */
  boolean isSameServiceAs(ServiceReference other) {
    return namespace.equals(other.namespace) && name.equals(other.name);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
