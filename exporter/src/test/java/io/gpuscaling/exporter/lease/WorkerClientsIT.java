package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.lease.WorkerProcess.Language;
import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.relay.Fault;
import io.gpuscaling.testkit.relay.FaultyProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The one-file clients of workers, as processes of this machine's python3 and node, against a real
 * lease service behind a proxy that fails as it is told.
 */
@Timeout(120)
final class WorkerClientsIT {

  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(3);
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /**
   * What a call may add to a task, in microseconds; a call that waits for an answer adds seconds.
   */
  private static final int MOST_ADDED_MICROS = 5_000;

  @TempDir private Path folder;
  private LeaseFixture leases;
  private FaultyProxy proxy;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void start() throws IOException {
    leases = LeaseFixture.start(folder, TIME_TO_LIVE);
    leases.reviewer.knowsWorker("good", "worker-0", LeaseFixture.NODE);
    proxy =
        FaultyProxy.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), leases.httpPort()));
    environment.put("GPUSCALING_LEASE_URL", "https://localhost:" + proxy.port());
    environment.put(
        "GPUSCALING_LEASE_TOKEN_FILE",
        Files.writeString(folder.resolve("token"), "good\n").toString());
    environment.put(
        "GPUSCALING_LEASE_CA_FILE",
        Files.writeString(folder.resolve("ca.crt"), leases.authority().certificatePem())
            .toString());
  }

  @AfterEach
  void stop() {
    proxy.close();
    leases.close();
  }

  private void awaitActive(int tasks) {
    await().atMost(DEADLINE).until(() -> leases.active("worker-0") == tasks);
  }

  private void awaitFinished(String outcome, int tasks) {
    await()
        .atMost(DEADLINE)
        .until(() ->
            leases.metric("gpuscaling_lease_tasks_finished_total", "outcome", outcome) == tasks);
  }

  @ParameterizedTest
  @EnumSource
  void tasks_areCountedWhileTheyRun_longerThanALeaseLives(Language language) throws Exception {
    try (WorkerProcess worker = language.start(environment)) {
      assertThat(worker.tell("draining")).isEqualTo("false");
      awaitActive(0);
      var _ = worker.tell("start a sample");
      var _ = worker.tell("start b high-res");
      awaitActive(2);
      assertThat(leases.published.getLast().samples())
          .anySatisfy(sample ->
              assertThat(sample.series().labels().asMap())
                  .containsEntry("class", "sample")
                  .containsEntry("queue", "jobs"));
      await()
          .during(TIME_TO_LIVE.plusSeconds(1))
          .atMost(DEADLINE)
          .until(() -> leases.active("worker-0") == 2);

      var _ = worker.tell("end a ok");
      var _ = worker.tell("end b cancelled");
      awaitActive(0);
      awaitFinished("ok", 1);
      awaitFinished("cancelled", 1);
      assertThat(worker.tell("raise")).isEqualTo("caught lost");
      awaitFinished("failed", 1);
      assertThat(worker.finish()).isZero();
      // Said good-bye: no session any more, long before its lease ends.
      assertThat(leases.active("worker-0")).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void worker_killed_isCountedForOneTimeToLive(Language language) throws Exception {
    try (WorkerProcess worker = language.start(environment)) {
      var _ = worker.tell("start a sample");
      awaitActive(1);
    }
    awaitFinished("expired", 1);
    awaitActive(-1);
  }

  static Stream<Arguments> faults() {
    return Stream.of(Language.values())
        .flatMap(language ->
            Stream.of(
                    new Fault.Refuse(),
                    new Fault.Reset(),
                    new Fault.Stall(),
                    new Fault.Drip(1, Duration.ofMillis(20)))
                .map(fault -> Arguments.of(language, fault)));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void exporter_deadOrHungOrSlow_neitherRaisesNorSlowsAndIsToldLater(Language language, Fault fault)
      throws Exception {
    proxy.apply(fault);
    try (WorkerProcess worker = language.start(environment)) {
      assertThat(Integer.parseInt(worker.tell("bulk 100")))
          .describedAs("90 % of tasks are held up by no more than this, in microseconds")
          .isLessThan(MOST_ADDED_MICROS);
      var _ = worker.tell("start after sample");
      assertThat(worker.tell("draining")).isEqualTo("false");

      proxy.apply(new Fault.None());

      awaitActive(1);
      var _ = worker.tell("end after ok");
      // The hundred that ended meanwhile are told as well.
      awaitFinished("ok", 101);
      awaitActive(0);
      assertThat(worker.finish()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void exporter_hung_doesNotHoldTheWorkersEnd(Language language) throws Exception {
    proxy.apply(new Fault.Stall());
    try (WorkerProcess worker = language.start(environment)) {
      var _ = worker.tell("start a sample");
      long begin = Ticker.system().nanos();
      assertThat(worker.finish()).isZero();
      assertThat(Duration.ofNanos(Ticker.system().nanos() - begin))
          .isLessThan(Duration.ofSeconds(10));
    }
  }

  @ParameterizedTest
  @EnumSource
  void configuration_thatCannotBeUsed_neverRaises(Language language) throws Exception {
    for (Map<String, String> bad :
        List.of(
            Map.of("GPUSCALING_LEASE_TOKEN_FILE", folder.resolve("none").toString()),
            Map.of("GPUSCALING_LEASE_CA_FILE", folder.resolve("none").toString()),
            Map.of("GPUSCALING_LEASE_URL", "http://localhost:1"),
            Map.of("GPUSCALING_LEASE_URL", "what?"))) {
      var broken = new HashMap<>(environment);
      broken.putAll(bad);
      try (WorkerProcess worker = language.start(broken)) {
        var _ = worker.tell("start a sample");
        assertThat(worker.tell("raise")).isEqualTo("caught lost");
        var _ = worker.tell("end a ok");
        assertThat(worker.finish()).isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void task_withOddWords_isToldWithoutThem(Language language) throws Exception {
    try (WorkerProcess worker = language.start(environment)) {
      var _ = worker.tell("start a sample");
      assertThat(worker.tell("odd")).isEqualTo("ok");
      awaitFinished("ok", 2);
      awaitActive(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void drain_waitsForTheTasks_andTheWorkerHearsOfIt(Language language) throws Exception {
    try (WorkerProcess worker = language.start(environment)) {
      var _ = worker.tell("start a sample");
      awaitActive(1);
      CompletableFuture<Command.Result> drain = run(language.drain("--timeout", "60s"));
      await().atMost(DEADLINE).until(() -> worker.tell("draining").equals("true"));
      // It starts something all the same: it is counted, so that the pod waits for it.
      var _ = worker.tell("start b sample");
      awaitActive(2);
      var _ = worker.tell("end a ok");
      awaitActive(1);
      assertThat(drain).isNotDone();
      var _ = worker.tell("end b ok");
      assertThat(drain.join().exitCode()).isZero();
      assertThat(drain.join().stderr()).contains("GPU tasks run");
    }
  }

  static Stream<Arguments> helpers() {
    return Stream.of(
        Arguments.of(Language.PYTHON.drain()),
        Arguments.of(Language.NODE.drain()),
        Arguments.of(WorkerProcess.shellDrain()));
  }

  @ParameterizedTest
  @MethodSource("helpers")
  void drain_allForms_returnWhenNothingRunsOrTheTimeIsOver(List<String> helper) throws Exception {
    assertThat(run(helper, "--timeout", "60s").join().exitCode()).isZero();
    assertThat(run(helper).join().exitCode()).isZero();
    try (WorkerProcess worker = Language.PYTHON.start(environment)) {
      var _ = worker.tell("start a sample");
      awaitActive(1);
      Command.Result tooShort = run(helper, "--timeout=2s").join();
      assertThat(tooShort.exitCode()).isEqualTo(1);
      assertThat(tooShort.stderr()).contains("the time is over").doesNotContain("good");
    }
    proxy.apply(new Fault.Refuse());
    assertThat(run(helper, "--timeout", "1s").join().exitCode()).isEqualTo(1);
    assertThat(run(helper, "--timeout", "soon").join().exitCode()).isEqualTo(2);
    assertThat(run(helper, "--what").join().exitCode()).isEqualTo(2);
  }

  @Test
  void pythonWorker_forks_theChildHasASessionOfItsOwn() throws Exception {
    try (WorkerProcess worker = Language.PYTHON.start(environment)) {
      var _ = worker.tell("start a sample");
      awaitActive(1);
      var _ = worker.tell("fork");
      awaitActive(2);
      assertThat(leases.metric("gpuscaling_lease_sessions")).isEqualTo(2);
    }
  }

  private CompletableFuture<Command.Result> run(List<String> command, String... more) {
    List<String> whole = Stream.concat(command.stream(), Stream.of(more)).toList();
    return CompletableFuture.supplyAsync(
        () -> Command.run(whole, environment, "", Duration.ofSeconds(90)));
  }
}
