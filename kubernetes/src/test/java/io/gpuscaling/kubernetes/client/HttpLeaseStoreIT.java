package io.gpuscaling.kubernetes.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.election.ElectionListener;
import io.gpuscaling.kubernetes.election.ElectionTimes;
import io.gpuscaling.kubernetes.election.LeaderElector;
import io.gpuscaling.kubernetes.election.LeaseAnswer;
import io.gpuscaling.kubernetes.election.LeaseRecord;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.junit.ControlPlaneExtension;
import io.gpuscaling.testkit.relay.Fault;
import io.gpuscaling.testkit.relay.FaultyProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Leases at a real API server, as an account with no right but those that the Javadoc names. */
@Timeout(120)
@ExtendWith(ControlPlaneExtension.class)
final class HttpLeaseStoreIT {

  private static final String NAMESPACE = "leases-it";
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00.123456Z");
  private static final LeaseRecord RECORD =
      new LeaseRecord("one", Duration.ofSeconds(4), NOW, NOW, 3);

  private final ControlPlane plane;
  @TempDir private Path folder;
  private Path caFile;
  private Path tokenFile;

  HttpLeaseStoreIT(ControlPlane plane) {
    this.plane = plane;
  }

  @BeforeEach
  void grant() throws IOException {
    plane.objects().namespace(NAMESPACE);
    plane.objects().serviceAccount(NAMESPACE, "elector");
    plane
        .kubectl()
        .apply(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: elector, namespace: leases-it}
            rules:
              - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [create]}
              - apiGroups: [coordination.k8s.io]
                resources: [leases]
                resourceNames: [stored, contested, unreachable]
                verbs: [get, patch]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: elector, namespace: leases-it}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: elector}
            subjects: [{kind: ServiceAccount, name: elector, namespace: leases-it}]
            """);
    caFile = Files.writeString(folder.resolve("ca.crt"), plane.authority().certificatePem());
    tokenFile =
        Files.writeString(folder.resolve("token"), plane.objects().token(NAMESPACE, "elector"));
  }

  private HttpLeaseStore store(String name, int port) {
    return new HttpLeaseStore(
        new ApiServerAccess(
            URI.create("https://127.0.0.1:" + port), caFile, tokenFile, Duration.ofSeconds(1)),
        NAMESPACE,
        name);
  }

  private int port() {
    return URI.create(plane.serverUrl().toString()).getPort();
  }

  @Test
  void lease_isCreatedReadAndReplaced_onlyFromWhatWasRead() {
    try (var store = store("stored", port())) {
      assertThat(store.read()).isEqualTo(new LeaseAnswer.Absent());
      assertThat(store.replace("1", RECORD)).isEqualTo(new LeaseAnswer.Absent());

      var created = (LeaseAnswer.Found) store.create(RECORD);
      assertThat(created.record()).isEqualTo(RECORD);
      assertThat(store.create(RECORD)).isEqualTo(new LeaseAnswer.Conflict());
      assertThat(store.read()).isEqualTo(created);

      var next = new LeaseRecord("two", Duration.ofSeconds(5), NOW, NOW.plusSeconds(1), 4);
      var replaced = (LeaseAnswer.Found) store.replace(created.version(), next);
      assertThat(replaced.record()).isEqualTo(next);
      assertThat(store.replace(created.version(), RECORD)).isEqualTo(new LeaseAnswer.Conflict());
      assertThat(store.read()).isEqualTo(replaced);

      var released = new LeaseRecord("", Duration.ofSeconds(5), NOW, NOW, 4);
      assertThat(store.replace(replaced.version(), released))
          .isInstanceOfSatisfying(
              LeaseAnswer.Found.class, it -> assertThat(it.record()).isEqualTo(released));
    }
  }

  @Test
  void lease_ofAnotherName_isRefusedWithTheServersSentence() {
    try (var store = store("others", port())) {
      assertThat(store.read())
          .isInstanceOfSatisfying(
              LeaseAnswer.Failed.class,
              it -> assertThat(it.reason()).contains("403").contains("cannot get resource"));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> store("a/b", port()));
  }

  /** One replica. */
  private static final class Replica implements ElectionListener, AutoCloseable {
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final HttpLeaseStore store;
    private final LeaderElector elector;

    Replica(String identity, HttpLeaseStore store) {
      this.store = store;
      this.elector =
          new LeaderElector(
              "it",
              identity,
              store,
              ElectionTimes.DEFAULT,
              this,
              Ticker.system(),
              InstantSource.system());
      elector.start();
    }

    @Override
    public void elected() {
      told.add("elected");
    }

    @Override
    public void dismissed(String why) {
      told.add("dismissed");
    }

    @Override
    public void asked(String outcome, String detail) {}

    void awaitHeld() {
      await().atMost(DEADLINE).pollInterval(Duration.ofMillis(20)).until(elector::isHeld);
    }

    @Override
    public void close() {
      elector.close();
      store.close();
    }
  }

  @Test
  void twoReplicas_holderIsCutOff_theOtherTakesOverWithin5SecondsAndNeverBothAct() {
    try (var proxy =
            FaultyProxy.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()));
        var one = new Replica("one", store("contested", proxy.port()))) {
      one.awaitHeld();
      try (var other = new Replica("other", store("contested", port()))) {
        await()
            .during(Duration.ofSeconds(2))
            .until(() -> one.elector.isHeld() && !other.elector.isHeld());

        proxy.apply(new Fault.Stall());
        long cutAtNanos = Ticker.system().nanos();
        await()
            .atMost(DEADLINE)
            .pollInterval(Duration.ofMillis(5))
            .until(() -> {
              assertThat(one.elector.isHeld() && other.elector.isHeld()).isFalse();
              return other.elector.isHeld();
            });
        assertThat(Duration.ofNanos(Ticker.system().nanos() - cutAtNanos))
            .isLessThan(Duration.ofSeconds(6)); // 4.6 s where the machine has time for it
        await().until(() -> one.told.equals(List.of("elected", "dismissed")));
      }
    }
  }

  @Test
  void apiServerUnreachable_holderStopsInTimeAndHoldsAgainAfterwards() {
    try (var proxy =
            FaultyProxy.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()));
        var one = new Replica("one", store("unreachable", proxy.port()))) {
      one.awaitHeld();

      proxy.apply(new Fault.Refuse());
      long downAtNanos = Ticker.system().nanos();
      await()
          .atMost(DEADLINE)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> !one.elector.isHeld());
      assertThat(Duration.ofNanos(Ticker.system().nanos() - downAtNanos))
          .isLessThan(ElectionTimes.DEFAULT.leaseDuration());

      proxy.apply(new Fault.None());
      one.awaitHeld();
    }
  }
}
