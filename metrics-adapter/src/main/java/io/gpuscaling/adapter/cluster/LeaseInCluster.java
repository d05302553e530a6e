package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.kubernetes.election.LeaseAnswer;
import io.gpuscaling.kubernetes.election.LeaseRecord;
import io.gpuscaling.kubernetes.election.LeaseStore;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The Lease object by which the replicas know who leads. Writes carry the version that was read.
 */
public final class LeaseInCluster implements LeaseStore {

  private final KubernetesClient client;
  private final String namespace;
  private final String name;

  /**
   * This Lease.
   *
   * @param client not closed by this
   */
  public LeaseInCluster(KubernetesClient client, String namespace, String name) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
  }

  @Override
  public LeaseAnswer read() {
    return ask("read", () -> client.leases().inNamespace(namespace).withName(name).get());
  }

  @Override
  public LeaseAnswer create(LeaseRecord record) {
    return ask(
        "written",
        () -> client.leases().inNamespace(namespace).resource(of(record, null)).create());
  }

  @Override
  public LeaseAnswer replace(String version, LeaseRecord record) {
    return ask(
        "written",
        () -> client.leases().inNamespace(namespace).resource(of(record, version)).update());
  }

  private LeaseAnswer ask(String verb, Supplier<@Nullable Lease> request) {
    String what = "Lease " + namespace + "/" + name + " cannot be " + verb + ": ";
    try {
      Lease lease = request.get();
      return lease == null
          ? new LeaseAnswer.Absent()
          : new LeaseAnswer.Found(lease.getMetadata().getResourceVersion(), record(lease));
    } catch (KubernetesClientException e) {
      return e.getCode() == HttpURLConnection.HTTP_CONFLICT
          ? new LeaseAnswer.Conflict()
          : new LeaseAnswer.Failed(what + AccessReviews.describe(e));
    } catch (IllegalStateException _) {
      return new LeaseAnswer.Failed(what + "the client of the cluster is closed");
    }
  }

  /** Every field of the spec may be left out. */
  private static LeaseRecord record(Lease lease) {
    var spec = lease.getSpec();
    if (spec == null) {
      return new LeaseRecord("", Duration.ZERO, Instant.EPOCH, Instant.EPOCH, 0);
    }
    return new LeaseRecord(
        spec.getHolderIdentity() == null ? "" : spec.getHolderIdentity(),
        spec.getLeaseDurationSeconds() == null
            ? Duration.ZERO
            : Duration.ofSeconds(spec.getLeaseDurationSeconds()),
        instant(spec.getAcquireTime()),
        instant(spec.getRenewTime()),
        spec.getLeaseTransitions() == null ? 0 : spec.getLeaseTransitions());
  }

  private static Instant instant(@Nullable ZonedDateTime time) {
    return time == null ? Instant.EPOCH : time.toInstant();
  }

  private Lease of(LeaseRecord record, @Nullable String version) {
    return new LeaseBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withResourceVersion(version)
        .endMetadata()
        .withNewSpec()
        .withHolderIdentity(record.holder())
        .withLeaseDurationSeconds((int) record.duration().toSeconds())
        .withAcquireTime(microTime(record.acquiredAt()))
        .withRenewTime(microTime(record.renewedAt()))
        .withLeaseTransitions(record.transitions())
        .endSpec()
        .build();
  }

  /** {@code MicroTime}: the API server keeps microseconds. */
  private static ZonedDateTime microTime(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MICROS).atZone(ZoneOffset.UTC);
  }
}
