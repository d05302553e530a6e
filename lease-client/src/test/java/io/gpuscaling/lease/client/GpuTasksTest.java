package io.gpuscaling.lease.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.lease.LeaseServer;
import io.gpuscaling.exporter.lease.LeaseSettings;
import io.gpuscaling.exporter.lease.NodeClock;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import io.gpuscaling.kubernetes.pods.PodPlace;
import io.gpuscaling.proto.v1.Outcome;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.relay.Fault;
import io.gpuscaling.testkit.relay.FaultyProxy;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The Java client against a real lease service, which is dead, hung and back again. */
@Timeout(60)
class GpuTasksTest {

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @TempDir private Path folder;
  private final List<SourceSnapshot> published = new CopyOnWriteArrayList<>();
  private final CollectorRegistry collectors = new CollectorRegistry();
  private LeaseServer server;
  private FaultyProxy proxy;
  private LeaseClientSettings settings;

  @BeforeEach
  void start() throws IOException {
    var authority = CertificateAuthority.create("ca", InstantSource.system());
    var files =
        authority.issueServer("leases", new SubjectName.Dns("localhost")).writeTo(folder, "tls");
    server =
        new LeaseServer(
            new LeaseSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                files.certificate(),
                files.privateKey(),
                "node-a",
                "leases",
                Duration.ofSeconds(2)),
            (token, audiences) -> review(token),
            (namespace, name) -> new PodPlace.Nowhere(),
            published::add,
            Ticker.system(),
            new NodeClock(Path.of("/proc"), InstantSource.system()),
            collectors);
    proxy =
        FaultyProxy.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.start()));
    Files.writeString(folder.resolve("token"), "good\n");
    Files.writeString(folder.resolve("ca.crt"), authority.certificatePem());
    settings =
        LeaseClientSettings.of(
            Map.of(
                "GPUSCALING_LEASE_GRPC_URL", "https://localhost:" + proxy.port(),
                "GPUSCALING_LEASE_TOKEN_FILE", folder.resolve("token").toString(),
                "GPUSCALING_LEASE_CA_FILE", folder.resolve("ca.crt").toString()));
  }

  private static TokenReview review(String token) {
    return token.equals("good")
        ? new TokenReview.Authenticated(
            new UserInfo(
                "system:serviceaccount:media:worker",
                "u",
                List.of(),
                Map.of(
                    UserInfo.NODE_NAME, List.of("node-a"),
                    UserInfo.POD_NAME, List.of("worker-0"),
                    UserInfo.POD_UID, List.of("p"))),
            List.of("leases"))
        : new TokenReview.Rejected();
  }

  @AfterEach
  void stop() {
    proxy.close();
    server.close();
  }

  private int active() {
    return published.getLast().samples().stream()
        .filter(it -> it.series().metric().equals("gpu_tasks_active"))
        .mapToInt(it -> it.value() instanceof SampleValue.Known(double v, var _) ? (int) v : -99)
        .reduce(Integer::sum)
        .orElse(-1);
  }

  private void awaitActive(int tasks) {
    await().atMost(DEADLINE).until(() -> active() == tasks);
  }

  private void awaitFinished(String taskClass, String outcome, double tasks) {
    await()
        .atMost(DEADLINE)
        .untilAsserted(() ->
            assertThat(
                    collectors.getSampleValue(
                        "gpu_tasks_finished_total",
                        new String[] {"namespace", "class", "outcome"},
                        new String[] {"media", taskClass, outcome}))
                .isEqualTo(tasks));
  }

  @Test
  void tasks_areCountedWhileTheyRun() throws Exception {
    try (GpuTasks tasks = GpuTasks.start(settings)) {
      awaitActive(0);
      GpuTask one = tasks.begin("sample", "jobs");
      GpuTask odd = tasks.begin("no label value!", "q".repeat(999));
      awaitActive(2);
      await()
          .during(Duration.ofSeconds(3))
          .atMost(DEADLINE)
          .until(() -> active() == 2); // longer than a lease lives
      one.close();
      one.end(Outcome.OUTCOME_FAILED); // ended already
      odd.end(Outcome.OUTCOME_CANCELLED);
      awaitFinished("sample", "ok", 1);
      awaitFinished("", "cancelled", 1);

      assertThat(tasks.call("sample", "", () -> 7)).isEqualTo(7);
      assertThatThrownBy(() ->
              tasks.call(
                  "sample",
                  "",
                  () -> {
                    throw new IOException("lost");
                  }))
          .hasMessage("lost");
      assertThatThrownBy(() ->
              tasks.call(
                  "sample",
                  "",
                  () -> {
                    throw new InterruptedException();
                  }))
          .isInstanceOf(InterruptedException.class);
      awaitFinished("sample", "ok", 2);
      awaitFinished("sample", "failed", 1);
      awaitFinished("sample", "cancelled", 1);
    }
    assertThat(active()).isEqualTo(-1);
  }

  @Test
  void exporter_deadOrHung_neitherThrowsNorWaitsAndIsToldLater() {
    int finished = 0;
    for (Fault fault : List.of(new Fault.Refuse(), new Fault.Stall())) {
      proxy.apply(fault);
      long begin = Ticker.system().nanos();
      try (GpuTasks tasks = GpuTasks.start(settings)) {
        for (int i = 0; i < 100; i++) {
          tasks.begin("sample", "jobs").close();
        }
        GpuTask after = tasks.begin("sample", "jobs");
        assertThat(Duration.ofNanos(Ticker.system().nanos() - begin))
            .isLessThan(Duration.ofSeconds(2)); // a call waits for 5 s
        proxy.apply(new Fault.None());
        awaitActive(1);
        after.close();
        awaitActive(0);
        finished += 101;
        awaitFinished("sample", "ok", finished); // what ended meanwhile is told as well
      }
    }
  }

  @Test
  void files_thatAreNotThere_areWaitedFor() throws IOException {
    Path token = folder.resolve("token");
    Files.delete(token);
    try (GpuTasks tasks = GpuTasks.start(settings)) {
      GpuTask task = tasks.begin("sample", "");
      assertThat(tasks.isDraining()).isFalse();
      Files.writeString(token, "good");
      awaitActive(1);
      task.close();
    }
  }

  @Test
  void drain_waitsForWhatRuns_andTheWorkerHearsOfIt() {
    try (GpuTasks tasks = GpuTasks.start(settings)) {
      GpuTask first = tasks.begin("sample", "");
      awaitActive(1);
      assertThat(GpuTasks.drain(settings, Duration.ofMillis(10))).isFalse();
      CompletableFuture<Boolean> drain =
          CompletableFuture.supplyAsync(() -> GpuTasks.drain(settings, DEADLINE));
      await().atMost(DEADLINE).until(tasks::isDraining);
      GpuTask second = tasks.begin("sample", ""); // it does all the same
      awaitActive(2);
      first.close();
      awaitActive(1);
      assertThat(drain).isNotDone();
      second.close();
      assertThat(drain.join()).isTrue();
    }
  }

  @Test
  void exporter_awayForLong_isToldNoMoreThanTheBounds() {
    proxy.apply(new Fault.Refuse());
    try (GpuTasks tasks = GpuTasks.start(settings)) {
      for (int i = 0; i < 5_000; i++) {
        var _ = tasks.begin("sample", "");
      }
      proxy.apply(new Fault.None());
      await().atMost(DEADLINE).until(() -> active() >= 1_024); // what one session may have
    }
  }

  @Test
  void token_refused_isTriedAgainWithTheNewOne() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "forged");
    try (GpuTasks tasks = GpuTasks.start(settings)) {
      GpuTask task = tasks.begin("sample", "");
      await()
          .atMost(DEADLINE)
          .until(() ->
              collectors.getSampleValue(
                      "gpuscaling_lease_refused_total",
                      new String[] {"code"},
                      new String[] {"unauthenticated"})
                  != null);
      Files.writeString(token, "good");
      awaitActive(1);
      task.close();
    }
  }

  @Test
  void drain_exporterAwayOrInterrupted_isNotDone() {
    proxy.apply(new Fault.Refuse());
    assertThat(GpuTasks.drain(settings, Duration.ofMillis(10))).isFalse();
    Thread.currentThread().interrupt();
    assertThat(GpuTasks.drain(settings, DEADLINE)).isFalse();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void settings_defaultsAndNonsense() {
    assertThat(LeaseClientSettings.of(Map.of()))
        .satisfies(it -> {
          assertThat(it.host()).isEqualTo("exporter-leases.gpuscaling.svc");
          assertThat(it.port()).isEqualTo(9402);
        });
    assertThat(LeaseClientSettings.of(Map.of("GPUSCALING_LEASE_GRPC_URL", "https://h")).port())
        .isEqualTo(9402);
    for (String bad : List.of("http://h:1", "h:1", "https:///x")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> LeaseClientSettings.of(Map.of("GPUSCALING_LEASE_GRPC_URL", bad)));
    }
  }
}
