package io.gpuscaling.adapter.policy;

import java.util.Optional;

/** Says which pods of a ReplicaSet go first. Calls block; safe for use by any thread. */
public interface DeletionCosts {

  /**
   * Lets a pod go before those that nobody has said anything of.
   *
   * @return why that could not be said
   */
  Optional<String> lower(String namespace, String pod);

  /**
   * Takes back what {@link #lower} has said.
   *
   * @return why that could not be done
   */
  Optional<String> clear(String namespace, String pod);
}
