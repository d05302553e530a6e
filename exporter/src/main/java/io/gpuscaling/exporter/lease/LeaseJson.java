package io.gpuscaling.exporter.lease;

import io.gpuscaling.proto.v1.CloseRequest;
import io.gpuscaling.proto.v1.CloseResponse;
import io.gpuscaling.proto.v1.DrainRequest;
import io.gpuscaling.proto.v1.DrainResponse;
import io.gpuscaling.proto.v1.EndRequest;
import io.gpuscaling.proto.v1.EndResponse;
import io.gpuscaling.proto.v1.Outcome;
import io.gpuscaling.proto.v1.PodReference;
import io.gpuscaling.proto.v1.RenewRequest;
import io.gpuscaling.proto.v1.RenewResponse;
import io.gpuscaling.proto.v1.StartRequest;
import io.gpuscaling.proto.v1.StartResponse;
import io.gpuscaling.proto.v1.Task;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The messages of {@code leases.proto} in JSON. Strict: a field that is not known, given twice or
 * of another type is refused, since a worker would believe that it was heard. Pure; safe for use by
 * any thread.
 */
final class LeaseJson {

  /** Objects in a list in an object. */
  private static final int MAX_DEPTH = 4;

  /** Longer than any text that is allowed; which bound was passed is told further on. */
  private static final int MAX_TEXT = 4_096;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(MAX_TEXT)
                          .maxNameLength(64)
                          .maxNumberLength(20)
                          .maxDocumentLength(LeaseLimits.MAX_MESSAGE_BYTES)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private LeaseJson() {}

  static RenewRequest renew(byte[] body) throws StatusException {
    ObjectNode node = object(body, Set.of("sessionId", "tasks", "pod"));
    var request = RenewRequest.newBuilder().setSessionId(text(node, "sessionId"));
    JsonNode tasks = node.path("tasks");
    if (!tasks.isMissingNode() && !tasks.isArray()) {
      throw bad("tasks must be a list");
    }
    for (JsonNode task : tasks) {
      request.addTasks(task(task));
    }
    if (node.has("pod")) {
      request.setPod(pod(node.path("pod")));
    }
    return request.build();
  }

  static StartRequest start(byte[] body) throws StatusException {
    ObjectNode node = object(body, Set.of("sessionId", "task", "pod"));
    var request =
        StartRequest.newBuilder()
            .setSessionId(text(node, "sessionId"))
            .setTask(task(node.path("task")));
    if (node.has("pod")) {
      request.setPod(pod(node.path("pod")));
    }
    return request.build();
  }

  static EndRequest end(byte[] body) throws StatusException {
    ObjectNode node = object(body, Set.of("sessionId", "taskId", "outcome", "ranMillis", "pod"));
    var request =
        EndRequest.newBuilder()
            .setSessionId(text(node, "sessionId"))
            .setTaskId(text(node, "taskId"))
            .setOutcome(outcome(text(node, "outcome")));
    if (node.has("ranMillis")) {
      request.setRanMillis(millis(node, "ranMillis"));
    }
    if (node.has("pod")) {
      request.setPod(pod(node.path("pod")));
    }
    return request.build();
  }

  static CloseRequest close(byte[] body) throws StatusException {
    ObjectNode node = object(body, Set.of("sessionId", "pod"));
    var request = CloseRequest.newBuilder().setSessionId(text(node, "sessionId"));
    if (node.has("pod")) {
      request.setPod(pod(node.path("pod")));
    }
    return request.build();
  }

  static DrainRequest drain(byte[] body) throws StatusException {
    ObjectNode node = object(body, Set.of("pod"));
    return node.has("pod")
        ? DrainRequest.newBuilder().setPod(pod(node.path("pod"))).build()
        : DrainRequest.getDefaultInstance();
  }

  private static ObjectNode object(byte[] body, Set<String> fields) throws StatusException {
    JsonNode node;
    try {
      node = JSON.readTree(body);
    } catch (JacksonException e) {
      throw bad("the body is not the JSON that is expected: " + e.getOriginalMessage());
    }
    return object(node, "the body", fields);
  }

  private static ObjectNode object(JsonNode node, String name, Set<String> fields)
      throws StatusException {
    if (!(node instanceof ObjectNode object)) {
      throw bad(name + " must be an object");
    }
    for (String field : object.propertyNames()) {
      if (!fields.contains(field)) {
        throw bad("%s has an unknown field '%s'".formatted(name, field));
      }
    }
    return object;
  }

  private static Task task(JsonNode node) throws StatusException {
    ObjectNode object = object(node, "task", Set.of("id", "taskClass", "queue", "waitedMillis"));
    var task =
        Task.newBuilder()
            .setId(text(object, "id"))
            .setTaskClass(text(object, "taskClass"))
            .setQueue(text(object, "queue"));
    if (object.has("waitedMillis")) {
      task.setWaitedMillis(millis(object, "waitedMillis"));
    }
    return task.build();
  }

  private static PodReference pod(JsonNode node) throws StatusException {
    ObjectNode object = object(node, "pod", Set.of("namespace", "name"));
    return PodReference.newBuilder()
        .setNamespace(text(object, "namespace"))
        .setName(text(object, "name"))
        .build();
  }

  private static Outcome outcome(String text) throws StatusException {
    return switch (text) {
      case "" -> Outcome.OUTCOME_UNSPECIFIED;
      case "ok" -> Outcome.OUTCOME_OK;
      case "failed" -> Outcome.OUTCOME_FAILED;
      case "cancelled" -> Outcome.OUTCOME_CANCELLED;
      default -> throw bad("outcome must be ok, failed or cancelled");
    };
  }

  /** A text, or the empty one when the field is not there. */
  private static String text(ObjectNode node, String field) throws StatusException {
    JsonNode value = node.path(field);
    if (value.isMissingNode()) {
      return "";
    }
    if (!value.isString()) {
      throw bad(field + " must be a text");
    }
    String text = value.stringValue();
    // JSON can say half a character by an escape, and nobody further on can.
    if (text.codePoints().anyMatch(LeaseJson::isHalfACharacter)) {
      throw bad(field + " is not well-formed Unicode");
    }
    return text;
  }

  private static boolean isHalfACharacter(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  private static long millis(ObjectNode node, String field) throws StatusException {
    JsonNode value = node.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw bad(field + " must be a whole number of milliseconds, at least 0");
    }
    return value.longValue();
  }

  private static StatusException bad(String message) {
    return Status.INVALID_ARGUMENT.withDescription(message).asException();
  }

  static byte[] of(RenewResponse response) {
    ObjectNode node = JSON.createObjectNode();
    node.put("timeToLiveMillis", response.getTimeToLiveMillis());
    node.put("draining", response.getDraining());
    var ended = node.putArray("endedTaskIds");
    response.getEndedTaskIdsList().forEach(ended::add);
    return JSON.writeValueAsBytes(node);
  }

  static byte[] of(StartResponse response) {
    ObjectNode node = JSON.createObjectNode();
    node.put("timeToLiveMillis", response.getTimeToLiveMillis());
    node.put("draining", response.getDraining());
    return JSON.writeValueAsBytes(node);
  }

  static byte[] of(EndResponse response) {
    return JSON.writeValueAsBytes(JSON.createObjectNode().put("draining", response.getDraining()));
  }

  static byte[] of(CloseResponse response) {
    return JSON.writeValueAsBytes(JSON.createObjectNode());
  }

  static byte[] of(DrainResponse response) {
    ObjectNode node = JSON.createObjectNode();
    node.put("runningTasks", response.getRunningTasks());
    node.put("complete", response.getComplete());
    return JSON.writeValueAsBytes(node);
  }

  /** A refusal as a Kubernetes Status. */
  static byte[] of(int code, String reason, String message) {
    ObjectNode node = JSON.createObjectNode();
    node.put("kind", "Status");
    node.put("apiVersion", "v1");
    node.put("status", "Failure");
    node.put("message", message);
    node.put("reason", reason);
    node.put("code", code);
    return JSON.writeValueAsBytes(node);
  }
}
