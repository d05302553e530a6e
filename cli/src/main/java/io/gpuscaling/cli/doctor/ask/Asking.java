package io.gpuscaling.cli.doctor.ask;

import io.gpuscaling.cli.doctor.Fact;
import io.gpuscaling.cli.doctor.Facts;
import io.gpuscaling.cli.doctor.Facts.Access;
import io.gpuscaling.cli.doctor.Question;
import io.gpuscaling.cli.doctor.Right;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks everything that the doctor wants to know, several questions at a time, and changes nothing.
 * An API server that does not say who asks is not asked anything else. For one run.
 */
public final class Asking {

  /** So many calls at a time: the caller's machine is not the patient. */
  private static final int PARALLEL = 4;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Kubectl kubectl;
  private final String namespace;
  private final InstantSource clock;

  /**
   * Has not asked yet.
   *
   * @param namespace that the programs run in
   * @param clock of this machine
   */
  public Asking(Kubectl kubectl, String namespace, InstantSource clock) {
    this.kubectl = kubectl;
    this.namespace = namespace;
    this.clock = clock;
  }

  /** Asks. Blocks, at most so many deadlines as there are questions. */
  public Facts ask() {
    Map<Question, Fact> answers = new EnumMap<>(Question.class);
    Instant before = clock.instant();
    Fact caller = ask(Question.CALLER);
    Instant after = clock.instant();
    answers.put(Question.CALLER, caller);
    boolean isReached = !(caller instanceof Fact.Unreached);
    Kubectl.Answer reviews =
        isReached ? askRest(answers) : new Kubectl.Answer.None(spread(caller, answers));
    Map<Access, Boolean> accesses = new HashMap<>();
    Optional<Fact> failure = Optional.empty();
    switch (reviews) {
      case Kubectl.Answer.None(Fact why) -> failure = Optional.of(why);
      case Kubectl.Answer.Documents(List<JsonNode> documents) ->
          documents.forEach(it -> accesses.put(access(it), isAllowed(it)));
    }
    return new Facts(namespace, answers, accesses, failure, after, Duration.between(before, after));
  }

  private static Fact spread(Fact caller, Map<Question, Fact> answers) {
    for (Question question : Question.values()) {
      answers.put(question, caller);
    }
    return caller;
  }

  private Kubectl.Answer askRest(Map<Question, Fact> answers) {
    Map<Question, Future<Fact>> asked = new EnumMap<>(Question.class);
    try (ExecutorService callers =
        Executors.newFixedThreadPool(PARALLEL, Thread.ofVirtual().factory())) {
      for (Question question : Question.values()) {
        if (question != Question.CALLER) {
          asked.put(question, callers.submit(() -> ask(question)));
        }
      }
      Future<Kubectl.Answer> reviews = callers.submit(() -> kubectl.review(reviews()));
      asked.forEach((question, future) -> answers.put(question, result(future)));
      return reviews.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new Kubectl.Answer.None(new Fact.Unreached("interrupted"));
    }
  }

  private static Fact result(Future<Fact> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new Fact.Unreached("interrupted");
    }
  }

  private Fact ask(Question question) {
    String path = question.path(namespace);
    return question.body().map(body -> kubectl.post(path, body)).orElseGet(() -> kubectl.get(path));
  }

  private String reviews() {
    ObjectNode list = JSON.createObjectNode();
    list.put("apiVersion", "v1").put("kind", "List");
    ArrayNode items = list.putArray("items");
    for (Access access : accesses(namespace)) {
      ObjectNode review = items.addObject();
      review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
      ObjectNode spec = review.putObject("spec");
      spec.put("user", access.user());
      Right right = access.right();
      spec.putObject("resourceAttributes")
          .put("verb", right.verb())
          .put("group", right.group())
          .put("resource", right.resource())
          .put("subresource", right.subresource())
          .put("namespace", right.namespace())
          .put("name", right.name());
      ArrayNode groups = spec.putArray("groups");
      groups.add("system:authenticated").add("system:serviceaccounts");
      groups.add("system:serviceaccounts:" + access.user().split(":", -1)[2]);
    }
    return JSON.writeValueAsString(list);
  }

  private static List<Access> accesses(String namespace) {
    List<Access> accesses = new ArrayList<>();
    String ours = "system:serviceaccount:" + namespace + ":";
    Right.OF_HPA_CONTROLLER.forEach(it -> accesses.add(new Access(Right.HPA_CONTROLLER, it)));
    Right.ofAdapter(namespace)
        .forEach(it -> accesses.add(new Access(ours + "metrics-adapter", it)));
    Right.ofExporter().forEach(it -> accesses.add(new Access(ours + "exporter", it)));
    return accesses;
  }

  private static Access access(JsonNode review) {
    JsonNode asked = review.at("/spec/resourceAttributes");
    return new Access(
        review.at("/spec/user").asString(""),
        new Right(
            asked.path("verb").asString(""),
            asked.path("group").asString(""),
            asked.path("resource").asString(""),
            asked.path("subresource").asString(""),
            asked.path("namespace").asString(""),
            asked.path("name").asString("")));
  }

  private static boolean isAllowed(JsonNode review) {
    return review.at("/status/allowed").asBoolean(false);
  }
}
