package io.gpuscaling.testkit.controlplane;

import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The reference implementation of a metrics API server as a child process, with custom metrics that
 * the test sets and the external metrics {@code my-external-metric} and {@code
 * other-external-metric} of its own. Asks the control plane who calls and whether they may.
 */
public final class ReferenceAdapter implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final String NAME = "reference-adapter";

  private final ManagedProcess process;
  private final int port;
  private final int valuesPort;
  private final HttpClient values = HttpClient.newHttpClient();

  private ReferenceAdapter(ManagedProcess process, int port, int valuesPort) {
    this.process = process;
    this.port = port;
    this.valuesPort = valuesPort;
  }

  /**
   * Starts it beside a control plane, built before when it is missing, and waits until it serves.
   *
   * @param folder for its certificate and log
   */
  public static ReferenceAdapter start(ControlPlane plane, Path folder) {
    Path program = ControlPlaneTools.build(Path.of(""), NAME).resolve(NAME);
    PemFiles certificate =
        plane
            .authority()
            .issueServer(NAME, new SubjectName.Dns("localhost"), new SubjectName.Ip("127.0.0.1"))
            .writeTo(folder, NAME);
    List<Integer> ports = LoopbackPorts.free(2);
    Path kubeconfig = plane.adminKubeconfig();
    var process =
        ManagedProcess.start(
            ProcessSpec.of(
                NAME,
                folder.resolve(NAME + ".log"),
                List.of(
                    program.toString(),
                    "--bind-address=127.0.0.1",
                    "--secure-port=" + ports.get(0),
                    "--values-address=127.0.0.1:" + ports.get(1),
                    "--tls-cert-file=" + certificate.certificate(),
                    "--tls-private-key-file=" + certificate.privateKey(),
                    "--lister-kubeconfig=" + kubeconfig,
                    "--authentication-kubeconfig=" + kubeconfig,
                    "--authorization-kubeconfig=" + kubeconfig)));
    var reference = new ReferenceAdapter(process, ports.get(0), ports.get(1));
    try {
      IssuedCertificate admin = plane.authority().issueClient("admin", "system:masters");
      process.await(
          "serves and knows whose certificates to believe",
          START_TIMEOUT,
          () -> LoopbackPorts.isOpen(ports.get(1)) && reference.knows(plane, admin));
    } catch (RuntimeException e) {
      reference.close();
      throw e;
    }
    return reference;
  }

  /**
   * Whether it takes a client for what its certificate says. It listens, and calls itself ready,
   * before that; and since it names its authorities in each handshake, each look is a connection of
   * its own.
   */
  private boolean knows(ControlPlane plane, IssuedCertificate admin) {
    try (var asked =
        new KubernetesApi(
            URI.create(url()), ClientTls.trusting(plane.authority(), admin), Optional.empty())) {
      return asked.get("/apis/custom.metrics.k8s.io/v1beta2").isSuccess();
    } catch (UncheckedIOException e) {
      return false; // it does not listen yet
    }
  }

  /** Where it is, {@code https://localhost:PORT}; its certificate is of the cluster's authority. */
  public String url() {
    return "https://localhost:" + port;
  }

  /** Its process, for its id and log. */
  public ManagedProcess process() {
    return process;
  }

  /**
   * Sets a custom metric of an object, which need not exist.
   *
   * @param path as it is read by, from behind the version: {@code
   *     /namespaces/ns/pods/a/some-metric}, maybe with {@code ?labels=verb=GET}; a namespace's own
   *     as {@code /namespace/ns/some-metric}
   * @param quantity {@code 1250m}
   * @throws IllegalStateException when it is refused
   */
  public void set(String path, String quantity) {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + valuesPort + "/write-metrics" + path))
            .timeout(START_TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString('"' + quantity + '"'))
            .build();
    try {
      var response = values.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() / 100 != 2) {
        throw new IllegalStateException(path + ": HTTP " + response.statusCode());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted during " + path, e);
    }
  }

  /** Ends it. */
  @Override
  public void close() {
    values.close();
    process.close();
  }
}
