package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.leader.LeaseRecord;
import io.gpuscaling.adapter.leader.LeaseStore.Loaded;
import io.gpuscaling.adapter.leader.LeaseStore.Saved;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeaseInClusterTest {

  private static final LeaseRecord LEASE =
      new LeaseRecord("one", Instant.parse("2026-11-25T03:12:00.123456789Z"), 3);

  private FakeKubernetes kubernetes;
  private LeaseInCluster lease;

  @BeforeEach
  void start() throws Exception {
    kubernetes = new FakeKubernetes();
    lease = new LeaseInCluster(kubernetes.client, "gpuscaling", "policies", Duration.ofSeconds(15));
  }

  @AfterEach
  void stop() {
    kubernetes.close();
  }

  @Test
  void lease_isReadAsItIs() {
    kubernetes.code = 200;
    kubernetes.answer =
        """
        {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
         "metadata": {"name": "policies", "resourceVersion": "7"},
         "spec": {"holderIdentity": "one", "renewTime": "2026-11-25T03:12:00.123456Z",
                  "leaseTransitions": 3}}
        """;
    assertThat(lease.load())
        .isEqualTo(
            new Loaded.Found(
                new LeaseRecord("one", Instant.parse("2026-11-25T03:12:00.123456Z"), 3), "7"));

    kubernetes.answer =
        """
        {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
         "metadata": {"name": "policies", "resourceVersion": "7"}, "spec": {}}
        """;
    assertThat(lease.load())
        .isEqualTo(new Loaded.Found(new LeaseRecord("", Instant.EPOCH, 0), "7"));
    kubernetes.answer =
        """
        {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
         "metadata": {"name": "policies", "resourceVersion": "7"}}
        """;
    assertThat(lease.load())
        .isEqualTo(new Loaded.Found(new LeaseRecord("", Instant.EPOCH, 0), "7"));
  }

  @Test
  void lease_isWrittenWithItsVersion() {
    kubernetes.answer = "{\"kind\": \"Lease\", \"apiVersion\": \"coordination.k8s.io/v1\"}";
    assertThat(lease.create(LEASE)).isEqualTo(new Saved.Done());
    assertThat(kubernetes.requests.getLast())
        .startsWith("/apis/coordination.k8s.io/v1/namespaces/gpuscaling/leases ")
        .contains("\"leaseDurationSeconds\":15", "\"holderIdentity\":\"one\"", "00.123456")
        .doesNotContain("resourceVersion");
    kubernetes.code = 200;
    assertThat(lease.save(LEASE, "7")).isEqualTo(new Saved.Done());
    assertThat(kubernetes.requests.getLast())
        .startsWith("/apis/coordination.k8s.io/v1/namespaces/gpuscaling/leases/policies ")
        .contains("\"resourceVersion\":\"7\"");
  }

  @Test
  void failures_areValues() {
    kubernetes.answer = "{}";
    kubernetes.code = 404;
    assertThat(lease.load()).isEqualTo(new Loaded.Absent());
    kubernetes.code = 409;
    assertThat(lease.save(LEASE, "7")).isEqualTo(new Saved.Conflict());
    kubernetes.code = 403;
    assertThat(lease.load())
        .isInstanceOfSatisfying(
            Loaded.Failed.class,
            it -> assertThat(it.sentence()).startsWith("Lease gpuscaling/policies cannot be read"));
    assertThat(lease.create(LEASE)).isInstanceOf(Saved.Failed.class);
    kubernetes.client.close();
    assertThat(lease.load()).isInstanceOf(Loaded.Failed.class);
    assertThat(lease.create(LEASE)).isInstanceOf(Saved.Failed.class);
  }
}
