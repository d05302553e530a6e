package io.gpuscaling.benchmarks.queues;

import io.gpuscaling.benchmarks.process.Checkout;
import io.gpuscaling.benchmarks.process.ExporterCertificates;
import io.gpuscaling.benchmarks.process.ProcessUsage;
import io.gpuscaling.benchmarks.process.Readiness;
import io.gpuscaling.benchmarks.process.StandaloneAdapter;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An exporter that reads queues of a broker by all three interfaces, started through {@code bin/}.
 */
final class QueueReader implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_GRACE = Duration.ofSeconds(1);

  private final ManagedProcess process;
  private final int port;

  private QueueReader(ManagedProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  static QueueReader start(
      String name,
      StandaloneAdapter adapter,
      RabbitMqBroker broker,
      String vhost,
      List<String> queues,
      Duration pollInterval,
      String javaOptions)
      throws IOException {
    Path folder = ScratchFolder.empty(Checkout.scratch(name));
    Path ca = Files.writeString(folder.resolve("ca.crt"), adapter.authority().certificatePem());
    var identity =
        ExporterCertificates.queueReader(adapter.authority(), name).writeTo(folder, "identity");
    Path config =
        Files.writeString(
            folder.resolve("config.yaml"), configuration(broker, vhost, queues, pollInterval));
    int port = LoopbackPorts.free(1).getFirst();
    List<String> command =
        List.of(
            Checkout.path("bin", "gpuscaling-exporter").toString(),
            "--config=" + config,
            "--listen=127.0.0.1:" + port,
            "--adapter=127.0.0.1:" + adapter.grpcPort(),
            "--adapter-ca-file=" + ca,
            "--adapter-cert-file=" + identity.certificate(),
            "--adapter-key-file=" + identity.privateKey());
    var readiness = new Readiness(ClientTls.trusting(adapter.authority()), Ticker.system());
    var process =
        ManagedProcess.start(
            ProcessSpec.of(name, folder.resolve("log"), command)
                .withEnvironment(Map.of("GPUSCALING_JAVA_OPTS", javaOptions)));
    readiness.await(process, "http", port, START_TIMEOUT);
    return new QueueReader(process, port);
  }

  private static String configuration(
      RabbitMqBroker broker, String vhost, List<String> queues, Duration pollInterval) {
    return """
    rabbitmq:
      pollInterval: %dms
      brokers:
        - name: default
          uri: amqp://127.0.0.1:%d/%s
          managementUrl: http://127.0.0.1:%d
          prometheusUrls: ["http://127.0.0.1:%d"]
          queues: [%s]
    """
        .formatted(
            pollInterval.toMillis(),
            broker.port(),
            vhost.replace("/", "%2F"),
            broker.managementPort(),
            broker.prometheusPort(),
            queues.stream().map("{queue: %s}"::formatted).collect(Collectors.joining(", ")));
  }

  /** What it counts of its polls. */
  PollStages stages() throws IOException, InterruptedException {
    return PollStages.read(port);
  }

  ProcessUsage usage() {
    return ProcessUsage.of(process.pid());
  }

  @Override
  public void close() {
    process.stop(STOP_GRACE);
  }
}
