package io.gpuscaling.adapter.policy;

/** Whether the HPAs of a cluster can have no replicas as their minimum. */
public sealed interface ScaleToZero {

  /** The API server takes such an HPA. */
  record Supported() implements ScaleToZero {}

  /** It does not. */
  record Unsupported() implements ScaleToZero {}

  /**
   * Nobody has found out.
   *
   * @param sentence why
   */
  record Unknown(String sentence) implements ScaleToZero {}
}
