package io.gpuscaling.testkit.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ProcessFailedException;
import io.gpuscaling.testkit.process.ProcessSignal;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RabbitMqBrokerIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private RabbitMqBroker broker;

  @BeforeAll
  void start() {
    broker =
        RabbitMqBroker.start(
            ScratchFolder.empty(Path.of("target", "rabbitmq")),
            RabbitMqInstallation.find(),
            List.of(RabbitMqPlugin.MANAGEMENT, RabbitMqPlugin.PROMETHEUS));
  }

  @AfterAll
  void close() {
    broker.close();
    assertThat(LoopbackPorts.isOpen(broker.port())).isFalse();
  }

  @Test
  void publish_thenDepth_isTheNumberOfMessages() throws Exception {
    try (var connection = connect("guest")) {
      var channel = connection.createChannel();
      publish(channel, "depth", 3);

      await().atMost(DEADLINE).until(() -> depth(channel, "depth") == 3);
    }
  }

  @Test
  void stopAndRestart_durableMessagesStay() throws Exception {
    try (var connection = connect("guest")) {
      publish(connection.createChannel(), "kept", 2);
    }

    broker.stop();
    assertThat(LoopbackPorts.isOpen(broker.port())).isFalse();
    broker.restart();

    try (var connection = connect("guest")) {
      assertThat(depth(connection.createChannel(), "kept")).isEqualTo(2);
    }
  }

  @Test
  void killAndRestart_servesAgain() throws Exception {
    long before = broker.process().pid();

    broker.kill();
    assertThat(broker.process().isAlive()).isFalse();
    broker.restart();

    assertThat(broker.process().pid()).isNotEqualTo(before);
    try (var connection = connect("guest")) {
      assertThat(connection.isOpen()).isTrue();
    }
  }

  @Test
  void frozen_answersNothing_thawedAnswersAgain() throws Exception {
    broker.process().signal(ProcessSignal.STOP);
    try {
      assertThatThrownBy(() -> connect("guest").close())
          .hasStackTraceContaining("TimeoutException");
    } finally {
      broker.process().signal(ProcessSignal.CONT);
    }
    try (var connection = connect("guest")) {
      assertThat(connection.isOpen()).isTrue();
    }
  }

  @Test
  void rabbitmqctl_user_mayConnectWithItsRights() throws Exception {
    broker.rabbitmqctl("add_user", "monitor", "monitor").orThrow();
    broker.rabbitmqctl("set_permissions", "monitor", "^$", "^depth$", "^$").orThrow();

    try (var connection = connect("monitor")) {
      assertThat(connection.isOpen()).isTrue();
    }
    assertThat(broker.rabbitmqctl("no_such_command").isSuccess()).isFalse();
  }

  @Test
  void plugins_listenOnTheirPorts() {
    assertThat(LoopbackPorts.isOpen(broker.managementPort())).isTrue();
    assertThat(LoopbackPorts.isOpen(broker.prometheusPort())).isTrue();
  }

  @Test
  void start_serverDies_showsItsLogAndLeavesNothing(@TempDir Path folder) throws Exception {
    var scripts = Files.createDirectories(folder.resolve("sbin"));
    var script = scripts.resolve("rabbitmq-server");
    Files.writeString(script, "#!/bin/sh\necho port in use; exit 1\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));

    assertThatThrownBy(() ->
            RabbitMqBroker.start(
                folder.resolve("run"), new RabbitMqInstallation(scripts), List.of()))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("port in use");
  }

  @Test
  void start_folderInUse_isRefused() {
    assertThatThrownBy(() -> RabbitMqBroker.start(Path.of("target", "rabbitmq")))
        .hasMessageContaining("cannot prepare the broker");
  }

  private com.rabbitmq.client.Connection connect(String user) throws Exception {
    var factory = new ConnectionFactory();
    factory.setUri(broker.uri());
    factory.setUsername(user);
    factory.setPassword(user);
    factory.setHandshakeTimeout(2_000);
    factory.setConnectionTimeout(2_000);
    factory.setAutomaticRecoveryEnabled(false);
    return factory.newConnection("test");
  }

  private static void publish(Channel channel, String queue, int count) throws Exception {
    channel.queueDeclare(queue, true, false, false, null);
    channel.confirmSelect();
    AMQP.BasicProperties persistent = MessageProperties.PERSISTENT_TEXT_PLAIN;
    for (int i = 0; i < count; i++) {
      channel.basicPublish("", queue, persistent, "task".getBytes(UTF_8));
    }
    channel.waitForConfirmsOrDie(DEADLINE.toMillis());
  }

  private static int depth(Channel channel, String queue) throws Exception {
    return channel.queueDeclarePassive(queue).getMessageCount();
  }
}
