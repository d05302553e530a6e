package io.gpuscaling.testkit.rabbitmq;

import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A RabbitMQ broker as a child process, apart from any other on this machine: node name, ports,
 * Erlang cookie, port mapper, data and logs are its own, all below one folder, on loopback only.
 * The data outlives {@link #stop}, so that a test can start it again. User and password are {@code
 * guest}. Not safe for use by several threads at once.
 */
public final class RabbitMqBroker implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(60);

  /** EX_CONFIG of sysexits.h, which rabbitmqctl answers to "Distribution failed". */
  static final int NOT_REGISTERED = 78;

  static final int MAX_TRIES = 3;

  private final BrokerLayout layout;
  private final RabbitMqInstallation installation;

  /** Null when it is another's. */
  private final @Nullable ManagedProcess portMapper;

  private ManagedProcess server;

  private RabbitMqBroker(
      BrokerLayout layout,
      RabbitMqInstallation installation,
      @Nullable ManagedProcess portMapper,
      ManagedProcess server) {
    this.layout = layout;
    this.installation = installation;
    this.portMapper = portMapper;
    this.server = server;
  }

  /** Starts a broker without plugins. */
  public static RabbitMqBroker start(Path folder) {
    return start(folder, RabbitMqInstallation.find(), List.of());
  }

  /**
   * Starts a broker and waits until it serves, about 5 seconds.
   *
   * @param folder is made; must be empty or not exist
   * @param plugins what is enabled
   * @throws io.gpuscaling.testkit.process.ProcessFailedException when it does not get ready; the
   *     message holds the end of its log, and nothing is left running
   */
  public static RabbitMqBroker start(
      Path folder, RabbitMqInstallation installation, List<RabbitMqPlugin> plugins) {
    return start(folder, installation, plugins, "");
  }

  /**
   * Starts a broker and waits until it serves.
   *
   * @param settings lines to be added to its {@code rabbitmq.conf}; files that they name must lie
   *     below the parent of {@code folder}, which is all that a broker in a folder of its own sees
   */
  public static RabbitMqBroker start(
      Path folder,
      RabbitMqInstallation installation,
      List<RabbitMqPlugin> plugins,
      String settings) {
    var layout = BrokerLayout.below(folder);
    layout.writeFiles(plugins, BrokerLayout.newCookie(), settings);
    // Started here and not by the broker, which would leave it running when it ends.
    var portMapper = ManagedProcess.start(layout.portMapper());
    var broker =
        new RabbitMqBroker(
            layout, installation, portMapper, startServer(layout, installation, portMapper));
    try {
      broker.awaitServing();
      return broker;
    } catch (RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  /** Starts one whose port mapper runs already and whose files are written; does not wait. */
  static RabbitMqBroker begin(BrokerLayout layout, RabbitMqInstallation installation) {
    return new RabbitMqBroker(
        layout, installation, null, ManagedProcess.start(layout.server(installation)));
  }

  /** What the broker is called in a cluster. */
  public String nodeName() {
    return layout.nodeName();
  }

  /** The AMQP port on 127.0.0.1. */
  public int port() {
    return layout.amqpPort();
  }

  /** The management plugin's port on 127.0.0.1. */
  public int managementPort() {
    return layout.managementPort();
  }

  /** The Prometheus plugin's port on 127.0.0.1. */
  public int prometheusPort() {
    return layout.prometheusPort();
  }

  /** The AMQP URI of virtual host {@code /} without user and password. */
  public URI uri() {
    return URI.create("amqp://127.0.0.1:" + layout.amqpPort() + "/%2F");
  }

  /**
   * Runs {@code rabbitmqctl}, about 0.5 seconds. On a machine that is very busy it may fail to
   * register with the port mapper before it has asked the broker anything; it is run again then.
   */
  public Command.Result rabbitmqctl(String... arguments) {
    var command = new ArrayList<String>();
    command.add(installation.script("rabbitmqctl").toString());
    command.add("--node");
    command.add(layout.nodeName());
    command.addAll(List.of(arguments));
    return registered(() -> Command.run(command, layout.environment(), "", COMMAND_TIMEOUT));
  }

  /** Runs a command until it has got through to the port mapper, some times at most. */
  static Command.Result registered(Supplier<Command.Result> command) {
    Command.Result result = command.get();
    for (int i = 1; i < MAX_TRIES && result.exitCode() == NOT_REGISTERED; i++) {
      result = command.get();
    }
    return result;
  }

  /** The server process, to be frozen and thawed. */
  public ManagedProcess process() {
    return server;
  }

  /** Ends the broker in an orderly way; clients are told. Data is kept. */
  public void stop() {
    server.stop(STOP_TIMEOUT);
  }

  /** Ends the broker as a crash would. */
  public void kill() {
    var children = ProcessHandle.of(server.pid()).stream().flatMap(ProcessHandle::descendants);
    var left = children.toList();
    server.kill();
    left.forEach(ProcessHandle::destroyForcibly);
  }

  /** Starts the broker again, on the same ports and with its data, and waits until it serves. */
  public void restart() {
    stop();
    server = ManagedProcess.start(layout.server(installation));
    awaitServing();
  }

  /** Ends everything. Logs and data stay. */
  @Override
  public void close() {
    try {
      stop();
    } finally {
      if (portMapper != null) {
        portMapper.close();
      }
    }
  }

  private static ManagedProcess startServer(
      BrokerLayout layout, RabbitMqInstallation installation, ManagedProcess portMapper) {
    try {
      return ManagedProcess.start(layout.server(installation));
    } catch (RuntimeException e) {
      portMapper.close();
      throw e;
    }
  }

  void awaitServing() {
    server.await("listens", START_TIMEOUT, () -> LoopbackPorts.isOpen(layout.amqpPort()));
    rabbitmqctl("await_startup", "--timeout", Long.toString(START_TIMEOUT.toSeconds())).orThrow();
  }
}
