package io.gpuscaling.exporter.apps;

/**
 * A pod of this node that an application runs in.
 *
 * @param uid tells it from an earlier pod of the same name
 * @param address its IP
 */
record AppPod(String namespace, String name, String uid, String address) {

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
