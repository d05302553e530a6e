package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.election.LeaseAnswer;
import io.gpuscaling.kubernetes.election.LeaseRecord;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeaseInClusterTest {

  private static final LeaseRecord LEASE =
      new LeaseRecord(
          "one",
          Duration.ofSeconds(15),
          Instant.parse("2026-11-25T02:00:00Z"),
          Instant.parse("2026-11-25T03:12:00.123456789Z"),
          3);

  private FakeKubernetes kubernetes;
  private LeaseInCluster lease;

  @BeforeEach
  void start() throws Exception {
    kubernetes = new FakeKubernetes();
    lease = new LeaseInCluster(kubernetes.client, "gpuscaling", "policies");
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
                  "acquireTime": "2026-11-25T02:00:00.000000Z", "leaseDurationSeconds": 15,
                  "leaseTransitions": 3}}
        """;
    assertThat(lease.read())
        .isEqualTo(
            new LeaseAnswer.Found(
                "7",
                new LeaseRecord(
                    "one",
                    Duration.ofSeconds(15),
                    Instant.parse("2026-11-25T02:00:00Z"),
                    Instant.parse("2026-11-25T03:12:00.123456Z"),
                    3)));

    var empty =
        new LeaseAnswer.Found(
            "7", new LeaseRecord("", Duration.ZERO, Instant.EPOCH, Instant.EPOCH, 0));
    kubernetes.answer =
        """
        {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
         "metadata": {"name": "policies", "resourceVersion": "7"}, "spec": {}}
        """;
    assertThat(lease.read()).isEqualTo(empty);
    kubernetes.answer =
        """
        {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
         "metadata": {"name": "policies", "resourceVersion": "7"}}
        """;
    assertThat(lease.read()).isEqualTo(empty);
  }

  @Test
  void lease_isWrittenWithItsVersion() {
    kubernetes.answer =
        """
        {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
         "metadata": {"name": "policies", "resourceVersion": "8"}}
        """;
    assertThat(lease.create(LEASE)).isInstanceOf(LeaseAnswer.Found.class);
    assertThat(kubernetes.requests.getLast())
        .startsWith("/apis/coordination.k8s.io/v1/namespaces/gpuscaling/leases ")
        .contains("\"leaseDurationSeconds\":15", "\"holderIdentity\":\"one\"", "00.123456")
        .doesNotContain("resourceVersion");
    kubernetes.code = 200;
    assertThat(lease.replace("7", LEASE))
        .isInstanceOfSatisfying(
            LeaseAnswer.Found.class, it -> assertThat(it.version()).isEqualTo("8"));
    assertThat(kubernetes.requests.getLast())
        .startsWith("/apis/coordination.k8s.io/v1/namespaces/gpuscaling/leases/policies ")
        .contains("\"resourceVersion\":\"7\"");
  }

  @Test
  void failures_areValues() {
    kubernetes.answer = "{}";
    kubernetes.code = 404;
    assertThat(lease.read()).isEqualTo(new LeaseAnswer.Absent());
    kubernetes.code = 409;
    assertThat(lease.replace("7", LEASE)).isEqualTo(new LeaseAnswer.Conflict());
    kubernetes.code = 403;
    assertThat(lease.read())
        .isInstanceOfSatisfying(
            LeaseAnswer.Failed.class,
            it -> assertThat(it.reason()).startsWith("Lease gpuscaling/policies cannot be read"));
    assertThat(lease.create(LEASE)).isInstanceOf(LeaseAnswer.Failed.class);
    kubernetes.client.close();
    assertThat(lease.read()).isInstanceOf(LeaseAnswer.Failed.class);
    assertThat(lease.create(LEASE)).isInstanceOf(LeaseAnswer.Failed.class);
  }
}
