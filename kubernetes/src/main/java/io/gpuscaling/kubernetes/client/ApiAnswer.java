package io.gpuscaling.kubernetes.client;

import tools.jackson.databind.JsonNode;

/** What one request to the API server came to. */
public sealed interface ApiAnswer {

  /** An object was expected to have this field or shape and has not. */
  String NOT_UNDERSTOOD = "the API server's answer could not be understood";

  /**
   * It did what was asked (200, 201 or 202).
   *
   * @param body what it sent
   */
  record Ok(JsonNode body) implements ApiAnswer {}

  /**
   * It answered with another status.
   *
   * @param status of HTTP: 409 for a conflict
   * @param reason the word of its Status object ({@code Conflict}, {@code AlreadyExists}), empty
   *     when it sent none
   * @param message the sentence of its Status object, shortened; may name objects and users
   */
  record Refused(int status, String reason, String message) implements ApiAnswer {

    /** 404. */
    public static final int NOT_FOUND = 404;

    /** 409: the object is there already, or another than the one that was changed. */
    public static final int CONFLICT = 409;
  }

  /**
   * It was not reached, did not answer in time, or not in JSON. Whether it did what was asked is
   * not known.
   *
   * @param reason a clause for logs, without secrets
   */
  record Failed(String reason) implements ApiAnswer {}
}
