package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import io.gpuscaling.adapter.policy.PolicyObject;
import io.gpuscaling.adapter.policy.PolicyObjects;
import io.gpuscaling.adapter.policy.RecordedStatus;
import io.gpuscaling.adapter.policy.ScaleReader.Replicas;
import io.gpuscaling.adapter.policy.StatusStore.Outcome;
import io.gpuscaling.adapter.policy.StatusTree;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.adapter.policy.UsageReader.Usages;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manifests in the files of a folder, in the place of a cluster: policies, profiles and pools, and
 * what policies are about, Deployments and StatefulSets with their replicas, pods, and their
 * PodMetrics. Whoever plays the cluster rewrites the files; what cannot be read changes nothing.
 * The status of a policy is kept in {@code status/NAMESPACE.NAME.json} below the folder, and read
 * there at the start. Create, start, close; each once. Readers take an immutable snapshot.
 */
public final class ManifestFolder implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ManifestFolder.class);

  /** How soon a change is seen. */
  public static final Duration READ_INTERVAL = Duration.ofMillis(250);

  private static final int MAX_FILES = 200;
  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final int MAX_STATUS_BYTES = 1 << 20;

  private final Path folder;
  private final Path statusFolder;
  private final ManifestReader reader;
  private final PeriodicTask reading =
      new PeriodicTask("manifests", READ_INTERVAL, this::readQuietly);
  private volatile Manifests manifests = Manifests.NONE;

  /** Guarded by this. */
  private Map<String, String> texts = Map.of();

  private final Map<PolicyName, RecordedStatus> statuses = new HashMap<>();
  private String complaint = "";
  private long version;

  /**
   * Reads nothing yet.
   *
   * @param folder with files {@code *.yaml}
   * @param nodes that are there beside the folder
   */
  public ManifestFolder(Path folder, ClusterSnapshot nodes) {
    this.folder = folder;
    this.statusFolder = folder.resolve("status");
    this.reader = new ManifestReader(nodes);
  }

  /**
   * Reads, and again and again.
   *
   * @throws IOException when something cannot be read or understood now; the message says what
   */
  public void start() throws IOException {
    read();
    reading.start();
  }

  private void readQuietly() {
    String problem = "";
    try {
      read();
    } catch (IOException e) {
      problem = String.valueOf(e.getMessage());
    }
    if (!problem.isEmpty() && !problem.equals(complaint)) {
      log.atWarn()
          .addKeyValue("folder", folder)
          .addKeyValue("reason", problem)
          .log("manifests cannot be read, the last good ones count");
    }
    complaint = problem;
  }

  /** Once. */
  synchronized void read() throws IOException {
    Map<String, String> now = texts();
    if (now.equals(texts)) {
      return;
    }
    Manifests next = reader.read(now, manifests, ++version);
    for (PolicyName name : next.policies().keySet()) {
      if (!statuses.containsKey(name)) {
        statuses.put(name, recorded(name));
      }
    }
    statuses.keySet().retainAll(next.policies().keySet());
    manifests = next.with(statuses);
    texts = now;
  }

  private Map<String, String> texts() throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(folder)) {
      files = entries.filter(it -> it.toString().endsWith(".yaml")).limit(MAX_FILES + 1).toList();
    }
    if (files.size() > MAX_FILES) {
      throw new IOException(folder + " has more than " + MAX_FILES + " files");
    }
    Map<String, String> found = new TreeMap<>();
    for (Path file : files) {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new IOException(file + " is larger than " + MAX_FILE_BYTES + " bytes");
      }
      found.put(String.valueOf(file.getFileName()), Files.readString(file));
    }
    return found;
  }

  /** What an earlier process has written. */
  private RecordedStatus recorded(PolicyName name) throws IOException {
    Path file = statusFile(name);
    if (!Files.exists(file)) {
      return RecordedStatus.NONE;
    }
    if (Files.size(file) > MAX_STATUS_BYTES) {
      throw new IOException(file + " is larger than a status");
    }
    return StatusTree.read(reader.status(Files.readString(file), file));
  }

  private Path statusFile(PolicyName name) {
    return statusFolder.resolve(name.namespace() + "." + name.name() + ".json");
  }

  /** The policies. */
  public PolicyObjects.Snapshot policies() {
    return manifests.objects();
  }

  /** The workloads, pods and nodes. */
  public ClusterSnapshot cluster() {
    return manifests.cluster();
  }

  /** What the pods of a namespace use. */
  public Usages usages(String namespace) {
    Map<String, Usage> pods = manifests.usages().get(namespace);
    return pods == null
        ? new Usages.Unknown("there are no PodMetrics of namespace " + namespace + " in " + folder)
        : new Usages.Known(pods);
  }

  /** The replicas that a target is set to, not from the snapshot. */
  public Replicas replicas(String namespace, ScaleTarget target) {
    try {
      read();
    } catch (IOException e) {
      return new Replicas.Unknown(String.valueOf(e.getMessage()));
    }
    return WorkloadKind.of(target.apiVersion(), target.kind())
        .flatMap(kind -> manifests.cluster().workload(kind, namespace, target.name()))
        .flatMap(ClusterSnapshot.Workload::scale)
        .<Replicas>map(scale -> new Replicas.Known(scale.wanted()))
        .orElseGet(() -> new Replicas.Unknown("there is no " + target + " in " + folder));
  }

  /** Keeps a status, unless the policy has changed. */
  public synchronized Outcome write(PolicyObject object, RecordedStatus status) {
    PolicyObject current = manifests.policies().get(object.name());
    if (current == null
        || !current.metadata().resourceVersion().equals(object.metadata().resourceVersion())) {
      return new Outcome.Conflict();
    }
    PolicyObject next = current.with(status, String.valueOf(++version));
    try {
      save(next);
    } catch (IOException e) {
      return new Outcome.Failed("the status cannot be written: " + e.getMessage());
    }
    statuses.put(object.name(), status);
    manifests = manifests.with(next);
    return new Outcome.Written(next);
  }

  /** Whole or not at all. */
  private void save(PolicyObject object) throws IOException {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("apiVersion", "gpuscaling.io/v1alpha1");
    tree.put("kind", "ScalingPolicy");
    tree.put(
        "metadata", Map.of("namespace", object.name().namespace(), "name", object.name().name()));
    tree.put("status", StatusTree.of(object.status()));
    Files.createDirectories(statusFolder);
    Path file = statusFile(object.name());
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, new KubernetesSerialization().asJson(tree));
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() {
    reading.close();
  }
}
