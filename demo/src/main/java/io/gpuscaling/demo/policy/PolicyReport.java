package io.gpuscaling.demo.policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the adapter has written into the status of the policy.
 *
 * @param desired the replicas of its newest decision
 * @param decision why, as a sentence
 * @param rules what each rule found, as sentences
 */
public record PolicyReport(int desired, String decision, List<String> rules) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Copies. */
  public PolicyReport {
    rules = List.copyOf(rules);
  }

  /**
   * The newest.
   *
   * @param folder of the policies
   * @return empty while none was written
   */
  public static Optional<PolicyReport> read(Path folder) {
    Path file =
        folder
            .resolve("status")
            .resolve(ShortenedPolicy.NAMESPACE + "." + ShortenedPolicy.NAME + ".json");
    try {
      return Files.exists(file)
          ? of(JSON.readTree(Files.readAllBytes(file)).at("/status/decision"))
          : Optional.empty();
    } catch (IOException | JacksonException e) {
      return Optional.empty();
    }
  }

  private static Optional<PolicyReport> of(JsonNode decision) {
    if (!decision.has("message")) {
      return Optional.empty();
    }
    List<String> rules = new ArrayList<>();
    for (JsonNode rule : decision.path("rules")) {
      rules.add(rule.path("name").asString("") + ": " + rule.path("message").asString(""));
    }
    return Optional.of(
        new PolicyReport(
            decision.path("desiredReplicas").asInt(-1),
            decision.path("message").asString(""),
            rules));
  }
}
