package io.gpuscaling.kubernetes.client;

import io.gpuscaling.kubernetes.election.LeaseAnswer;
import io.gpuscaling.kubernetes.election.LeaseRecord;
import io.gpuscaling.kubernetes.election.LeaseStore;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One Lease at the API server. Needs the verbs {@code get} and {@code patch} on it, and {@code
 * create} on Leases unless it exists; its labels and owners are left as they are. Safe for use by
 * any thread.
 */
public final class HttpLeaseStore implements LeaseStore, AutoCloseable {

  private static final int MAX_BODY_BYTES = 256 * 1024;

  /** {@code metav1.MicroTime}: always six digits. */
  private static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  /** What a path of the API may hold without escapes: RFC 1123 subdomains. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");

  private final ApiServerClient client;
  private final String name;
  private final String leases;

  /**
   * A store that has not connected yet.
   *
   * @throws IllegalArgumentException for a name or namespace that Kubernetes does not allow
   */
  public HttpLeaseStore(ApiServerAccess access, String namespace, String name) {
    if (!NAME.matcher(namespace).matches() || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("no Lease can be called " + namespace + "/" + name);
    }
    this.client = new ApiServerClient(access, MAX_BODY_BYTES);
    this.name = name;
    this.leases = "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases";
  }

  @Override
  public LeaseAnswer read() {
    return answer(client.get(leases + "/" + name));
  }

  @Override
  public LeaseAnswer create(LeaseRecord record) {
    ObjectNode lease =
        client.newObject().put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
    lease.putObject("metadata").put("name", name);
    lease.set("spec", spec(record));
    return answer(client.post(leases, lease));
  }

  @Override
  public LeaseAnswer replace(String version, LeaseRecord record) {
    ObjectNode change = client.newObject();
    change.putObject("metadata").put("resourceVersion", version);
    change.set("spec", spec(record));
    return answer(client.patch(leases + "/" + name, ApiServerClient.PatchType.MERGE, change));
  }

  private ObjectNode spec(LeaseRecord record) {
    return client
        .newObject()
        .put("holderIdentity", record.holder())
        .put("leaseDurationSeconds", record.duration().toSeconds())
        .put("acquireTime", MICRO_TIME.format(record.acquiredAt()))
        .put("renewTime", MICRO_TIME.format(record.renewedAt()))
        .put("leaseTransitions", record.transitions());
  }

  private LeaseAnswer answer(ApiAnswer answer) {
    return switch (answer) {
      case ApiAnswer.Ok(JsonNode lease) -> found(lease);
      case ApiAnswer.Refused(int status, _, _) when status == ApiAnswer.Refused.NOT_FOUND ->
          new LeaseAnswer.Absent();
      case ApiAnswer.Refused(int status, _, _) when status == ApiAnswer.Refused.CONFLICT ->
          new LeaseAnswer.Conflict();
      case ApiAnswer.Refused(int status, _, String message) ->
          new LeaseAnswer.Failed(
              "the API server answered " + status + (message.isEmpty() ? "" : ": " + message));
      case ApiAnswer.Failed(String reason) -> new LeaseAnswer.Failed(reason);
    };
  }

  /** Every field of the spec may be left out, as by {@code kubectl create}. */
  private static LeaseAnswer found(JsonNode lease) {
    String version = lease.path("metadata").path("resourceVersion").asString("");
    if (version.isEmpty()) {
      return new LeaseAnswer.Failed(ApiAnswer.NOT_UNDERSTOOD);
    }
    JsonNode spec = lease.path("spec");
    return new LeaseAnswer.Found(
        version,
        new LeaseRecord(
            spec.path("holderIdentity").asString(""),
            Duration.ofSeconds(Math.max(0, spec.path("leaseDurationSeconds").asInt(0))),
            instant(spec.path("acquireTime")),
            instant(spec.path("renewTime")),
            Math.max(0, spec.path("leaseTransitions").asInt(0))));
  }

  private static Instant instant(JsonNode text) {
    try {
      return Instant.parse(text.asString(""));
    } catch (DateTimeException _) {
      return Instant.EPOCH; // for people only
    }
  }

  /** Ends what runs. */
  @Override
  public void close() {
    client.close();
  }
}
