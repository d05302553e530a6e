package io.gpuscaling.policy.spec;

/** Who comes first when a pool is too small for all: in this order. */
public enum WorkloadClass {
  CRITICAL,
  NORMAL,
  BACKGROUND
}
