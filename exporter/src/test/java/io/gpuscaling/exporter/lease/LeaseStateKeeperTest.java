package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One process after the other on a node whose clocks stand unless they are moved. */
@Timeout(60)
final class LeaseStateKeeperTest {

  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);
  private static final PodIdentity POD = new PodIdentity("media", "worker-0", "uid-0");
  private static final PodIdentity OTHER = new PodIdentity("media", "worker-1", "uid-1");

  @TempDir private Path folder;
  private Duration now = Duration.ofSeconds(1_000);
  private final List<Life> lives = new ArrayList<>();

  /** What one process has. Its ticker begins anywhere. */
  private final class Life {
    private final ManualTicker ticker = new ManualTicker();
    private final CollectorRegistry collectors = new CollectorRegistry();
    private final LeaseRegistry registry = new LeaseRegistry(ticker, TIME_TO_LIVE);
    private final LeaseStateKeeper keeper =
        new LeaseStateKeeper(
            registry,
            new LeaseStateFile(folder.resolve("leases"), "node-a"),
            new NodeClock(folder.resolve("proc"), () -> Instant.EPOCH.plus(now)),
            ticker,
            TIME_TO_LIVE,
            collectors);

    private Life() {
      ticker.advance(Duration.ofDays(lives.size()));
      lives.add(this);
    }

    private double count(String metric, String outcome) {
      Double count =
          collectors.getSampleValue(metric, new String[] {"outcome"}, new String[] {outcome});
      return count == null ? 0 : count;
    }

    /** Tasks by pod and exactness. */
    private Map<String, Double> tasks() {
      Map<String, Double> tasks = new TreeMap<>();
      for (Sample sample : registry.samples()) {
        if (sample.series().metric().equals("gpu_tasks_active")
            && sample.value() instanceof SampleValue.Known(double value, Exactness exactness)) {
          tasks.merge(
              sample.series().labels().getOrEmpty("pod") + " " + exactness, value, Double::sum);
        }
      }
      return tasks;
    }

    private Life killedAndStartedAgain(Duration down) throws IOException {
      pass(down);
      Life next = new Life();
      next.keeper.readBack();
      return next;
    }
  }

  @BeforeEach
  void boot() throws IOException {
    Files.createDirectories(folder.resolve("proc/sys/kernel/random"));
    Files.writeString(folder.resolve("proc/sys/kernel/random/boot_id"), "boot-1\n");
    pass(Duration.ZERO);
  }

  private void pass(Duration time) throws IOException {
    now = now.plus(time);
    Files.writeString(
        folder.resolve("proc/uptime"), now.toSeconds() + "." + now.toMillisPart() / 10 + " 1.0\n");
    lives.forEach(life -> life.ticker.advance(time));
  }

  private static RunningTask task(String id) {
    return new RunningTask(id, "video", "jobs");
  }

  @Test
  void restart_knowsWhatWasKept_asAnEstimateUntilItsWorkersSpeak() throws IOException {
    Life first = new Life();
    assertThat(first.keeper.readBack()).isFalse();
    assertThat(first.count("gpuscaling_lease_state_reads_total", "absent")).isEqualTo(1);
    first.registry.start(POD, "s", task("1"));
    first.registry.start(POD, "s", task("2"));
    first.registry.renew(OTHER, "s", List.of(task("3")));
    first.registry.end(POD, "s", "2", TaskOutcome.OK, Optional.empty());
    assertThat(first.tasks()).isEqualTo(Map.of("worker-0 EXACT", 1.0, "worker-1 EXACT", 1.0));
    first.keeper.close();

    Life second = first.killedAndStartedAgain(Duration.ofSeconds(5));

    assertThat(second.count("gpuscaling_lease_state_reads_total", "ok")).isEqualTo(1);
    assertThat(second.tasks())
        .isEqualTo(Map.of("worker-0 ESTIMATE", 1.0, "worker-1 ESTIMATE", 1.0));
    // A renewal that was on its way does not bring back what had ended.
    assertThat(second.registry.renew(POD, "s", List.of(task("1"), task("2"))))
        .isEqualTo(new LeaseResult.DoneExcept(List.of("2")));
    assertThat(second.tasks()).isEqualTo(Map.of("worker-0 EXACT", 1.0, "worker-1 ESTIMATE", 1.0));
  }

  @Test
  void leaseOfAWorkerThatIsGone_endsWhenItWouldHave_neverLater() throws IOException {
    Life first = new Life();
    first.registry.start(POD, "s", task("1"));
    pass(Duration.ofSeconds(10));
    first.registry.start(OTHER, "s", task("2"));
    first.keeper.close();

    Life second = first.killedAndStartedAgain(Duration.ofSeconds(15));
    assertThat(second.tasks()).hasSize(2);
    pass(Duration.ofSeconds(5));
    assertThat(second.tasks()).isEqualTo(Map.of("worker-1 ESTIMATE", 1.0));
    assertThat(second.registry.finished()).containsEntry(TaskOutcome.EXPIRED, 1L);

    // Killed before it has kept anything: what is read again is older, and ends as early.
    Life third = second.killedAndStartedAgain(Duration.ofSeconds(9));
    assertThat(third.tasks()).isEqualTo(Map.of("worker-1 ESTIMATE", 1.0));
    assertThat(third.registry.finished()).containsEntry(TaskOutcome.EXPIRED, 1L);
    pass(Duration.ofSeconds(1));
    assertThat(third.tasks()).isEmpty();
  }

  @Test
  void timeOfATask_runsOnOverARestart() throws IOException {
    Life first = new Life();
    first.registry.start(POD, "s", task("1"));
    pass(Duration.ofSeconds(10));
    first.keeper.close();
    Life second = first.killedAndStartedAgain(Duration.ofSeconds(5));
    second.registry.renew(POD, "s", List.of(task("1")));
    pass(Duration.ofSeconds(5));
    second.registry.end(POD, "s", "1", TaskOutcome.OK, Optional.empty());
    assertThat(second.registry.results().get(1).samples)
        .filteredOn(sample -> sample.name.endsWith("_sum"))
        .singleElement()
        .satisfies(sample -> assertThat(sample.value).isBetween(20.0, 20.1));
  }

  @Test
  void podThatIsTakenAway_startsNothingNewAfterARestart() throws IOException {
    Life first = new Life();
    first.registry.renew(POD, "s", List.of());
    first.registry.drain(POD);
    first.keeper.close();
    Life second = first.killedAndStartedAgain(Duration.ofSeconds(5));
    assertThat(second.registry.start(POD, "s", task("1"))).isEqualTo(new LeaseResult.Draining());
  }

  @Test
  void otherBoot_isNotGoneOnWith() throws IOException {
    Life first = new Life();
    first.registry.start(POD, "s", task("1"));
    first.keeper.close();
    Files.writeString(folder.resolve("proc/sys/kernel/random/boot_id"), "boot-2\n");
    Life second = first.killedAndStartedAgain(Duration.ofSeconds(5));
    assertThat(second.count("gpuscaling_lease_state_reads_total", "other_boot")).isEqualTo(1);
    assertThat(second.tasks()).isEmpty();
  }

  @Test
  void clockThatCannotBeRead_isCounted_andNothingIsKept() throws IOException {
    Life life = new Life();
    Files.delete(folder.resolve("proc/uptime"));
    assertThat(life.keeper.readBack()).isFalse();
    assertThat(life.count("gpuscaling_lease_state_reads_total", "unreadable")).isEqualTo(1);
    life.keeper.close();
    assertThat(life.count("gpuscaling_lease_state_writes_total", "failed")).isEqualTo(1);
    assertThat(folder.resolve("leases")).doesNotExist();
  }

  @Test
  void start_writesByItself_andWithoutWorkersSeldom() throws IOException {
    Life life = new Life();
    life.keeper.start();
    String writes = "gpuscaling_lease_state_writes_total";
    await().until(() -> life.count(writes, "ok") == 1);
    life.registry.start(POD, "s", task("1"));
    await().until(() -> life.count(writes, "ok") >= 3);
    life.keeper.close();

    Life idle = new Life();
    idle.keeper.close();
    idle.keeper.close();
    assertThat(idle.count(writes, "ok")).isEqualTo(1);
    pass(TIME_TO_LIVE.dividedBy(3));
    idle.keeper.close();
    assertThat(idle.count(writes, "ok")).isEqualTo(2);
  }

  @Test
  void source_whoseLeasesWereReadBack_isCompleteAtOnce() {
    Life life = new Life();
    List<SourceSnapshot> published = new ArrayList<>();
    try (var source = new LeaseSource(life.registry, life.ticker, TIME_TO_LIVE, published::add)) {
      source.start(true);
      assertThat(published.getFirst().state()).isEqualTo(new SourceState.Ok(life.ticker.nanos()));
      // Whether a pod may go is not said before every worker can have spoken.
      assertThat(source.isComplete()).isFalse();
    }
  }
}
