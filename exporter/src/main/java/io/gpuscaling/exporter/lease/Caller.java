package io.gpuscaling.exporter.lease;

import io.gpuscaling.kubernetes.identity.ServiceAccount;

/** Who calls, by the token. */
sealed interface Caller {

  /** A worker in a pod of this node; it speaks for that pod alone. */
  record Worker(PodIdentity pod) implements Caller {}

  /**
   * A program that may speak for the pods of this node that it names: its ServiceAccount is in the
   * configuration.
   */
  record Orchestrator(ServiceAccount account) implements Caller {}
}
