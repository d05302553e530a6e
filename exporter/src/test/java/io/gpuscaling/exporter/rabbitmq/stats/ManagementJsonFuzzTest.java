package io.gpuscaling.exporter.rabbitmq.stats;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Any bytes as an answer of the management API: never a crash, and no count that is not there. */
public class ManagementJsonFuzzTest {

  private static final ManagementJson JSON = new ManagementJson();
  private static final JsonMapper PLAIN = JsonMapper.builder().build();

  /** What {@code make fuzz} runs. */
  public static void fuzzerTestOneInput(byte[] data) {
    JSON.totals(data)
        .ifPresent(queues ->
            queues.forEach((name, totals) -> {
              assertThat(name).isNotEmpty();
              for (OptionalLong count :
                  List.of(totals.ready(), totals.unacked(), totals.messages())) {
                assertThat(count.orElse(0)).isNotNegative();
              }
              if (totals.ready().isPresent()) {
                assertThat(isSaid(data, name, totals.ready().getAsLong())).isTrue();
              }
            }));
    JSON.facts(data).ifPresent(facts -> assertThat(facts).doesNotContainKey(""));
    JSON.counters("/", data)
        .ifPresent(
            readings -> readings.forEach(reading -> assertThat(reading.value()).isNotNegative()));
    JSON.health(data)
        .ifPresent(health -> {
          assertThat(health.alarms()).isNotNegative();
          assertThat(health.running().size() + health.nodesDown()).isPositive();
        });
    assertThat(JSON.blockedConnections(data).orElse(0)).isNotNegative();
  }

  /** Whether a queue of this name says this number of messages, by a plain reader. */
  private static boolean isSaid(byte[] data, String name, long ready) {
    try {
      for (JsonNode queue : PLAIN.readTree(data)) {
        if (queue.path("name").asString("").equals(name)
            && queue.path("messages_ready").isIntegralNumber()
            && queue.path("messages_ready").asString().equals(Long.toString(ready))) {
          return true;
        }
      }
    } catch (JacksonException e) {
      throw new AssertionError("read what is no JSON", e);
    }
    return false;
  }

  @FuzzTest(maxDuration = "10s")
  void management(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(
        ManagementJsonFuzzTest::fuzzerTestOneInput, ManagementJsonFuzzTest.class, "management");
  }
}
