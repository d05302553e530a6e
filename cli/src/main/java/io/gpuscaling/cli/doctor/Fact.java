package io.gpuscaling.cli.doctor;

import tools.jackson.databind.JsonNode;

/** What became of one question to the API server. */
public sealed interface Fact {

  /**
   * It answered.
   *
   * @param body the object or list
   */
  record Told(JsonNode body) implements Fact {}

  /** There is no such object, or no such kind of object. */
  record Absent() implements Fact {}

  /** The caller has not the right that the question needs. */
  record Forbidden() implements Fact {}

  /**
   * It understood the question and refused it.
   *
   * @param message its own sentence, shortened
   */
  record Refused(String message) implements Fact {}

  /**
   * There was no answer in time, or none that can be understood.
   *
   * @param why a clause
   */
  record Unreached(String why) implements Fact {}
}
