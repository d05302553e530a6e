package io.gpuscaling.policy.observe;

/** How many more replicas the free GPUs have memory for. */
public sealed interface Room {

  /** So many. */
  record Fits(int replicas) implements Room {}

  /** Nobody can say. */
  record Unknown(String reason) implements Room {}
}
