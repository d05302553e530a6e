package io.gpuscaling.adapter.slot;

import io.gpuscaling.adapter.api.ApiVersion;

/** How an APIService is changed, and how people hear of one. May block. For any thread. */
public interface ApiServiceChanges {

  /** What a change came to. */
  sealed interface Outcome {

    /** Done. */
    record Done() implements Outcome {}

    /** Not done: it is tried again. */
    record Failed(String reason) implements Outcome {}
  }

  /** Puts authorities into an APIService, if it is still as it was seen. */
  Outcome putAuthorities(ApiVersion version, ApiServiceView seen, String caBundle);

  /**
   * Makes an APIService lead to a Service, if it is still as it was seen.
   *
   * @param caBundle the authorities of its certificate; empty to leave the field alone
   */
  Outcome takeOver(
      ApiVersion version, ApiServiceView seen, ServiceReference service, String caBundle);

  /** Tells by an Event at our own Service that another product owns an APIService. */
  Outcome tellOfOther(ApiVersion version, ServiceReference own, ServiceReference other);
}
