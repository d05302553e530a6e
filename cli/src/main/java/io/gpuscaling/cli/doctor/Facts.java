package io.gpuscaling.cli.doctor;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Everything that was told.
 *
 * @param namespace that the programs run in
 * @param answers one for each question
 * @param accesses whether a user has a right; one that is missing here could not be asked about
 * @param accessFailure why accesses could not be asked about, if so
 * @param now by the clock of this machine, when {@link Question#CALLER} was answered
 * @param roundTrip how long that answer took
 */
public record Facts(
    String namespace,
    Map<Question, Fact> answers,
    Map<Access, Boolean> accesses,
    Optional<Fact> accessFailure,
    Instant now,
    Duration roundTrip) {

  /** Copies. */
  public Facts {
    answers = Map.copyOf(answers);
    accesses = Map.copyOf(accesses);
  }

  /**
   * Whether a user may do something.
   *
   * @param user as the API server names it
   * @param right what
   */
  public record Access(String user, Right right) {}

  /** The answer to a question. */
  public Fact answer(Question question) {
    return answers.getOrDefault(question, new Fact.Unreached("was not asked"));
  }

  /** The object that was told, or a missing node. */
  public JsonNode object(Question question) {
    return answer(question) instanceof Fact.Told(JsonNode body) ? body : MissingNode.getInstance();
  }

  /** The objects of a list that was told; none where there is no such kind. */
  public List<JsonNode> items(Question question) {
    List<JsonNode> items = new ArrayList<>();
    object(question).path("items").forEach(items::add);
    return items;
  }

  /** The service account's user name in our namespace. */
  public String user(String serviceAccount) {
    return "system:serviceaccount:" + namespace + ":" + serviceAccount;
  }

  /**
   * A finding for the first of the questions that could not be answered; a check that rests on it
   * must say this in place of anything else. That there is no such object is an answer.
   */
  public Optional<Finding> gap(CheckId check, Question... questions) {
    for (Question question : questions) {
      Optional<Finding> gap = gap(check, answer(question), question.right(namespace));
      if (gap.isPresent()) {
        return gap;
      }
    }
    return Optional.empty();
  }

  static Optional<Finding> gap(CheckId check, Fact fact, String right) {
    return switch (fact) {
      case Fact.Told _, Fact.Absent _ -> Optional.empty();
      case Fact.Forbidden _ ->
          Optional.of(
              Finding.unknown(
                  check, "you may not " + right, "ask as somebody with the right to " + right));
      case Fact.Refused(String message) ->
          Optional.of(
              Finding.unknown(
                  check,
                  "the API server refused to " + right + ": " + message,
                  "see what the API server says"));
      case Fact.Unreached(String why) ->
          Optional.of(Finding.unknown(check, why, "see " + CheckId.API_SERVER.id()));
    };
  }
}
