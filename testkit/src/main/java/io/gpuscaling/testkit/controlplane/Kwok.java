package io.gpuscaling.testkit.controlplane;

import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * kwok in the place of every kubelet: nodes get Ready, and pods that have a node run and get Ready,
 * without any container.
 */
public final class Kwok implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(90);

  private final ManagedProcess process;

  private Kwok(ManagedProcess process) {
    this.process = process;
  }

  /** The stages of a node and a pod that get ready, finish and go as fast as they can. */
  public static List<Path> defaultStages(ControlPlaneTools tools) {
    return List.of(
        tools.kwokStage("node-initialize"),
        tools.kwokStage("node-heartbeat-with-lease"),
        tools.kwokStage("pod-ready"),
        tools.kwokStage("pod-complete"),
        tools.kwokStage("pod-delete"));
  }

  static Kwok start(ControlPlaneTools tools, Path kubeconfig, Path folder, List<Path> stages) {
    return start(tools, kubeconfig, folder, stages, LoopbackPorts.free(1).getFirst(), List.of());
  }

  /** As a kubelet that can be asked what its pods use, by TLS. */
  static Kwok startMeasuring(
      ControlPlaneTools tools,
      Path kubeconfig,
      Path folder,
      List<Path> files,
      PemFiles certificate) {
    int port = LoopbackPorts.free(1).getFirst();
    return start(
        tools,
        kubeconfig,
        folder,
        files,
        port,
        List.of(
            "--node-ip=127.0.0.1",
            "--node-port=" + port,
            "--tls-cert-file=" + certificate.certificate(),
            "--tls-private-key-file=" + certificate.privateKey()));
  }

  private static Kwok start(
      ControlPlaneTools tools,
      Path kubeconfig,
      Path folder,
      List<Path> stages,
      int port,
      List<String> more) {
    var command = new ArrayList<String>();
    command.add(tools.path("kwok"));
    command.add("--kubeconfig=" + kubeconfig);
    command.add("--manage-all-nodes=true");
    command.add("--server-address=127.0.0.1:" + port);
    command.addAll(more);
    stages.forEach(stage -> command.add("--config=" + stage));
    var process =
        ManagedProcess.start(
            ProcessSpec.of("kwok", folder.resolve("log/kwok.log"), command)
                .withEnvironment(
                    Map.of(
                        "HOME",
                        folder.toString(),
                        "KWOK_WORKDIR",
                        folder.resolve("kwok").toString())));
    try {
      process.await("serves", START_TIMEOUT, () -> LoopbackPorts.isOpen(port));
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
    return new Kwok(process);
  }

  /** The process, for faults: frozen, no node is heard of any more. */
  public ManagedProcess process() {
    return process;
  }

  /** Ends it; nodes and pods stay as they are. */
  @Override
  public void close() {
    process.close();
  }
}
