package io.gpuscaling.benchmarks.jmh;

import io.gpuscaling.cli.replay.ObservationTable;
import io.gpuscaling.cli.replay.ObservationsCsv;
import io.gpuscaling.cli.replay.Replay;
import io.gpuscaling.kubernetes.policy.ScalingPolicyReader;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Replays a day at steps of 15 s (5,760 evaluations) under the shipped policy for GPU workers: the
 * CSV read, every decision explained. The aim is 100 ms.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(2)
public class ReplayBenchmark {

  private static final Duration STEP = Duration.ofSeconds(15);
  private static final int STEPS = Math.toIntExact(Duration.ofDays(1).dividedBy(STEP));
  private static final Path POLICY =
      Path.of("manifests", "policies", "ai-gpu-worker-scaling-policy.yaml");
  private static final Instant MIDNIGHT = Instant.parse("2026-03-02T00:00:00Z");

  private String csv = "";
  private Policy policy = read(POLICY);
  private Set<String> metrics = Set.of();

  /** Makes the day: a load that swings with the hours, and a spike in each. */
  @Setup
  public void makeDay() {
    metrics =
        policy.rules().stream().map(Rule::metric).map(MetricRef::name).collect(Collectors.toSet());
    var text = new StringBuilder("time," + String.join(",", metrics) + "\n");
    for (int i = 0; i < STEPS; i++) {
      text.append(MIDNIGHT.plus(STEP.multipliedBy(i)));
      long load = Math.round(60 + 60 * Math.sin(i / 500.0) + (i % 240 < 10 ? 200 : 0));
      for (int column = 0; column < metrics.size(); column++) {
        text.append(',').append(load);
      }
      text.append('\n');
    }
    csv = text.toString();
  }

  /** The whole day. */
  @Benchmark
  public void replayedDay(Blackhole blackhole) {
    ObservationTable table = value(ObservationsCsv.read(csv, metrics));
    Replay.run(policy, table, 2, (row, decision) -> blackhole.consume(decision));
  }

  private static Policy read(Path file) {
    // From the repository's root, or from a module in it.
    Path found = Files.exists(file) ? file : Path.of("..").resolve(file);
    try {
      List<Map<String, Object>> documents = value(YamlDocuments.read(Files.readString(found)));
      return value(ScalingPolicyReader.read(documents.getFirst())).policy();
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + found, e);
    }
  }

  private static <T> T value(Read<T> read) {
    return switch (read) {
      case Read.Valid<T>(T value) -> value;
      case Read.Invalid<T>(List<Problem> problems) ->
          throw new IllegalStateException(problems.toString());
    };
  }
}
