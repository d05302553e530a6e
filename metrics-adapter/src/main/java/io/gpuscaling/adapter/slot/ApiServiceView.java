package io.gpuscaling.adapter.slot;

import java.util.Optional;

/**
 * What is seen of one APIService. Immutable.
 *
 * @param service where it leads; empty when the API server serves the group itself
 * @param caBundle PEM certificates by which the API server verifies the Service's certificate; may
 *     be empty
 * @param availability what the API server says of it
 * @param resourceVersion of the object, for changes that are to meet this state and no other
 */
public record ApiServiceView(
    Optional<ServiceReference> service,
    String caBundle,
    Availability availability,
    String resourceVersion) {

  /** The condition Available. */
  public sealed interface Availability {

    /** The API server reaches the Service. */
    record Available() implements Availability {}

    /**
     * It does not.
     *
     * @param reason one word: {@code FailedDiscoveryCheck}
     * @param message a sentence of the API server
     */
    record Unavailable(String reason, String message) implements Availability {}

    /** It has not said so yet. */
    record NotSaid() implements Availability {}
  }
}
