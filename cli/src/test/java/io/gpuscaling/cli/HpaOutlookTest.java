package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an HPA will make of a policy's number, in words. */
class HpaOutlookTest {

  private static final String OURS =
      "{\"type\":\"Object\",\"object\":{\"metric\":{\"name\":\"scaling_policy_desired_replicas\"},"
          + "\"target\":{\"type\":\"AverageValue\",\"averageValue\":\"1\"}}}";

  private static String drawn(int current, String served, String bounds, String metrics) {
    return Run.piped(
            """
            {"kind":"ScalingPolicyExplanation","metadata":{"name":"p","namespace":"ai"},
             "target":{"kind":"Deployment","name":"w","replicas":%1$d},"served":%2$s}
            {"kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},
             "spec":{"scaleTargetRef":{"kind":"Deployment","name":"w"},%3$s,"metrics":[%4$s]},
             "status":{"currentReplicas":%1$d}}
            """
                .formatted(current, served, bounds, metrics),
            "render")
        .out()
        .replaceAll("\\s+", " ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | 5 | leaves it at 0",
        "40 | 5 | sets 20: its own bounds",
        "4 | 4 | keeps 4",
        "4 | 6 | sets 6",
        "4 | 30 | sets 8 of 30, as fast as behavior.scaleUp allows",
        "18 | 30 | sets 20 of 30, its maxReplicas",
        "6 | 1 | keeps 6 of 1, its stabilization window holds it",
        "6 | 3 | keeps 6 of 3, its stabilization window holds it",
      })
  void numbersOfAPolicy_byTheDefaultBehavior(int current, int served, String said) {
    assertThat(
            drawn(
                current,
                "{\"replicas\":" + served + "}",
                "\"minReplicas\":2,\"maxReplicas\":20",
                OURS))
        .contains("h: " + said);
  }

  @Test
  void behaviorsAndOtherMetrics_areReadAndSaid() {
    String down =
        "\"minReplicas\":1,\"maxReplicas\":20,\"behavior\":{\"scaleDown\":{\"selectPolicy\":\"Min\","
            + "\"stabilizationWindowSeconds\":0,\"tolerance\":\"0\",\"policies\":[{\"type\":"
            + "\"Percent\",\"value\":10,\"periodSeconds\":60}]},"
            + "\"scaleUp\":{\"selectPolicy\":\"Disabled\"}}";
    assertThat(drawn(10, "{\"replicas\":5}", down, OURS))
        .contains("sets 9 of 5, as fast as behavior.scaleDown allows");
    assertThat(drawn(10, "{\"replicas\":15}", down, OURS)).contains("keeps 10");
    assertThat(drawn(10, "{\"message\":\"unknown\"}", down, OURS))
        .contains("keeps 10: a metric has no value");
    assertThat(drawn(10, "{\"replicas\":5}", down, OURS + ",{\"type\":\"Resource\"}"))
        .contains("1 more metric(s)");
    assertThat(
            drawn(
                10,
                "{\"replicas\":5}",
                down,
                OURS
                    + ",{\"type\":\"External\",\"external\":{\"metric\":{\"name\":\"m\"},"
                    + "\"target\":{\"type\":\"Value\",\"value\":\"3\"}}}"))
        .contains("keeps 10");
    assertThat(drawn(1, "{\"replicas\":5}", "\"maxReplicas\":0", OURS))
        .contains("has no metric of ours");
    assertThat(
            drawn(
                1,
                "{\"replicas\":5}",
                "\"maxReplicas\":9",
                "{\"type\":\"Object\",\"object\":{\"target\":{\"type\":\"Value\"}}}"))
        .contains("has no metric of ours");
  }

  @Test
  void hpaThatIsToldNothing_notFrozen_withPodsMetrics() {
    String hpa =
        Run.piped(
                """
                {"kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":{"maxReplicas":3,
                 "metrics":[{"type":"Pods","pods":{"metric":{"name":"m"},
                  "target":{"type":"AverageValue","averageValue":"1"}}},
                  {"type":"External","external":{"metric":{"name":"m"},
                  "target":{"type":"AverageValue","averageValue":"1"}}},{"type":"Other"}]},
                 "status":{"currentReplicas":1,"conditions":[{"type":"ScalingActive",
                  "status":"True","message":"fine"},{"type":"AbleToScale"}]}}
                {"kind":"MetricQuestion","index":"1","metric":"m"}
                {"kind":"ExternalMetricValueList","items":[]}
                """,
                "render")
            .out();
    assertThat(hpa).contains("nothing: the selector matches no series", "it says     fine");
    assertThat(hpa).doesNotContain("frozen");
  }

  @Test
  void pipedBytesThatAreNoText_areRefused() {
    assertThat(InputFiles.read(new ByteArrayInputStream(new byte[] {(byte) 0xff})).toString())
        .contains("is not UTF-8 text");
  }
}
