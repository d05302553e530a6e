package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.adapter.leader.LeaseRecord;
import io.gpuscaling.adapter.leader.LeaseStore;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The Lease object by which the replicas know who leads. Writes carry the version that was read.
 */
public final class LeaseInCluster implements LeaseStore {

  private final KubernetesClient client;
  private final String namespace;
  private final String name;
  private final Duration duration;

  /**
   * This Lease.
   *
   * @param client not closed by this
   * @param duration written into it, for people and other tools
   */
  public LeaseInCluster(KubernetesClient client, String namespace, String name, Duration duration) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
    this.duration = duration;
  }

  @Override
  public Loaded load() {
    try {
      Lease lease = client.leases().inNamespace(namespace).withName(name).get();
      return lease == null
          ? new Loaded.Absent()
          : new Loaded.Found(record(lease), lease.getMetadata().getResourceVersion());
    } catch (KubernetesClientException e) {
      return new Loaded.Failed(sentence("cannot be read: " + AccessReviews.describe(e)));
    } catch (IllegalStateException e) {
      return new Loaded.Failed("the client of the cluster is closed");
    }
  }

  private static LeaseRecord record(Lease lease) {
    var spec = lease.getSpec();
    if (spec == null) {
      return new LeaseRecord("", Instant.EPOCH, 0);
    }
    ZonedDateTime renewed = spec.getRenewTime();
    return new LeaseRecord(
        spec.getHolderIdentity() == null ? "" : spec.getHolderIdentity(),
        renewed == null ? Instant.EPOCH : renewed.toInstant(),
        spec.getLeaseTransitions() == null ? 0 : spec.getLeaseTransitions());
  }

  @Override
  public Saved create(LeaseRecord lease) {
    return write(() -> client.leases().inNamespace(namespace).resource(of(lease, null)).create());
  }

  @Override
  public Saved save(LeaseRecord lease, String version) {
    return write(
        () -> client.leases().inNamespace(namespace).resource(of(lease, version)).update());
  }

  private Saved write(Runnable request) {
    try {
      request.run();
      return new Saved.Done();
    } catch (KubernetesClientException e) {
      return e.getCode() == HttpURLConnection.HTTP_CONFLICT
          ? new Saved.Conflict()
          : new Saved.Failed(sentence("cannot be written: " + AccessReviews.describe(e)));
    } catch (IllegalStateException e) {
      return new Saved.Failed("the client of the cluster is closed");
    }
  }

  private Lease of(LeaseRecord lease, @Nullable String version) {
    // MicroTime: the API server keeps microseconds.
    ZonedDateTime renewed = lease.renewedAt().truncatedTo(ChronoUnit.MICROS).atZone(ZoneOffset.UTC);
    return new LeaseBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withResourceVersion(version)
        .endMetadata()
        .withNewSpec()
        .withHolderIdentity(lease.holder())
        .withLeaseDurationSeconds((int) duration.toSeconds())
        .withRenewTime(renewed)
        .withLeaseTransitions(lease.transitions())
        .endSpec()
        .build();
  }

  private String sentence(String what) {
    return "Lease " + namespace + "/" + name + " " + what;
  }
}
