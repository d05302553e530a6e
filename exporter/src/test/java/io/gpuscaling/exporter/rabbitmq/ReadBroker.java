package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import io.gpuscaling.testkit.rabbitmq.RabbitMqInstallation;
import io.gpuscaling.testkit.rabbitmq.RabbitMqPlugin;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A real broker with both plugins, and the user that the documentation asks for: no right but to
 * write into queues that are called {@code it.*}, and the tag monitoring.
 */
final class ReadBroker implements AutoCloseable {

  static final String USER = "gpuscaling";
  static final String PASSWORD = "first";

  final RabbitMqBroker broker;
  final Path passwordFile;

  private ReadBroker(RabbitMqBroker broker, Path passwordFile) {
    this.broker = broker;
    this.passwordFile = passwordFile;
  }

  /** Starts it with a folder of this name below {@code target}. */
  static ReadBroker start(String name) throws Exception {
    Path folder = ScratchFolder.empty(Path.of("target", name));
    RabbitMqBroker broker =
        RabbitMqBroker.start(
            folder,
            RabbitMqInstallation.find(),
            List.of(RabbitMqPlugin.MANAGEMENT, RabbitMqPlugin.PROMETHEUS));
    var read =
        new ReadBroker(broker, Files.writeString(folder.resolve("password"), PASSWORD + "\n"));
    read.addUser();
    return read;
  }

  void addUser() {
    broker.rabbitmqctl("add_user", USER, PASSWORD).orThrow();
    broker.rabbitmqctl("set_user_tags", USER, "monitoring").orThrow();
    grant("/");
  }

  void grant(String vhost) {
    broker.rabbitmqctl("set_permissions", "-p", vhost, USER, "^$", "^it[.].*$", "^$").orThrow();
  }

  BrokerSettings settings() {
    return amqpOnly().with(url(broker.managementPort()), List.of(url(broker.prometheusPort())));
  }

  BrokerSettings amqpOnly() {
    return BrokerSettings.parse(
        "default",
        "amqp://" + USER + "@127.0.0.1:" + broker.port(),
        passwordFile,
        BrokerSettings.TlsFiles.NONE);
  }

  static URI url(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  @Override
  public void close() {
    broker.close();
  }
}
