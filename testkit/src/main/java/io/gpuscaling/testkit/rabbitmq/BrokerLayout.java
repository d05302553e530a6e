package io.gpuscaling.testkit.rabbitmq;

import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ProcessSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Where a broker keeps its files and what it listens on.
 *
 * @param folder holds everything that it writes
 * @param amqpPort AMQP
 * @param managementPort HTTP API, if enabled
 * @param prometheusPort metrics, if enabled
 * @param distributionPort Erlang distribution of the server
 * @param portMapperPort Erlang port mapper (epmd)
 * @param commandPort Erlang distribution of {@code rabbitmqctl}
 */
record BrokerLayout(
    Path folder,
    int amqpPort,
    int managementPort,
    int prometheusPort,
    int distributionPort,
    int portMapperPort,
    int commandPort) {

  private static final int PORT_COUNT = 6;

  static BrokerLayout below(Path folder) {
    return below(List.of(folder)).getFirst();
  }

  /** Layouts of brokers that share a port mapper, so that they find each other. */
  static List<BrokerLayout> below(List<Path> folders) {
    var ports = LoopbackPorts.free(PORT_COUNT * folders.size()).iterator();
    int portMapperPort = ports.next();
    return folders.stream()
        .map(folder ->
            new BrokerLayout(
                folder.toAbsolutePath(),
                ports.next(),
                ports.next(),
                ports.next(),
                ports.next(),
                portMapperPort,
                ports.next()))
        .toList();
  }

  String nodeName() {
    return "gpuscaling-test-" + amqpPort + "@localhost";
  }

  ProcessSpec portMapper() {
    return ProcessSpec.of(
        "epmd",
        folder.resolve("log/epmd.log"),
        List.of("epmd", "-port", Integer.toString(portMapperPort), "-address", "127.0.0.1"));
  }

  ProcessSpec server(RabbitMqInstallation installation) {
    return ProcessSpec.of(
            "rabbitmq-server",
            folder.resolve("log/rabbitmq.log"),
            List.of(installation.script("rabbitmq-server").toString()))
        .withEnvironment(environment());
  }

  /** Writes the configuration and the Erlang cookie; the folder is made. */
  void writeFiles(List<RabbitMqPlugin> plugins, String erlangCookie, String settings) {
    try {
      Path home = Files.createDirectories(folder.resolve("home"));
      var cookie = home.resolve(".erlang.cookie");
      Files.createFile(
          cookie,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(cookie, erlangCookie);
      Files.setPosixFilePermissions(cookie, PosixFilePermissions.fromString("r--------"));
      Files.writeString(
          folder.resolve("rabbitmq.conf"),
          """
          listeners.tcp.1 = 127.0.0.1:%d
          management.tcp.ip = 127.0.0.1
          management.tcp.port = %d
          prometheus.tcp.ip = 127.0.0.1
          prometheus.tcp.port = %d
          %s
          """
              .formatted(amqpPort, managementPort, prometheusPort, settings));
      Files.writeString(
          folder.resolve("enabled_plugins"),
          plugins.stream().map(RabbitMqPlugin::pluginName).toList() + ".\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare the broker in " + folder, e);
    }
  }

  /** A cookie that no other broker has. */
  static String newCookie() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  /** What the server and its commands find in their environment. */
  Map<String, String> environment() {
    var variables = new LinkedHashMap<String, String>();
    variables.put("HOME", folder.resolve("home").toString());
    variables.put("ERL_EPMD_PORT", Integer.toString(portMapperPort));
    variables.put("ERL_EPMD_ADDRESS", "127.0.0.1");
    // The scripts would read the system's settings otherwise.
    variables.put("RABBITMQ_CONF_ENV_FILE", "/dev/null");
    variables.put("RABBITMQ_CONFIG_FILE", folder.resolve("rabbitmq.conf").toString());
    variables.put("RABBITMQ_ADVANCED_CONFIG_FILE", folder.resolve("none.config").toString());
    variables.put("RABBITMQ_ENABLED_PLUGINS_FILE", folder.resolve("enabled_plugins").toString());
    variables.put("RABBITMQ_NODENAME", nodeName());
    variables.put("RABBITMQ_MNESIA_BASE", folder.resolve("data").toString());
    variables.put("RABBITMQ_LOG_BASE", folder.resolve("log").toString());
    variables.put("RABBITMQ_PID_FILE", folder.resolve("pid").toString());
    variables.put("RABBITMQ_LOGS", "-");
    variables.put("RABBITMQ_DIST_PORT", Integer.toString(distributionPort));
    variables.put("RABBITMQ_CTL_DIST_PORT_MIN", Integer.toString(commandPort));
    variables.put("RABBITMQ_CTL_DIST_PORT_MAX", Integer.toString(commandPort));
    variables.put(
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}");
    // Makes the script become the server, so that signals reach it.
    variables.put("RUNNING_UNDER_SYSTEMD", "true");
    return Map.copyOf(variables);
  }
}
