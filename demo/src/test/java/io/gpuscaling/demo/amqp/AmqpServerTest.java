package io.gpuscaling.demo.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** By the client library that the exporter uses. */
final class AmqpServerTest {

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final Map<String, QueueDepth> queues = new ConcurrentHashMap<>();
  private AmqpServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        AmqpServer.start(
            new AmqpServer.Credentials("demo", "s3cret"),
            queue -> Optional.ofNullable(queues.get(queue)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ConnectionFactory factory() {
    var factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(server.port());
    factory.setUsername("demo");
    factory.setPassword("s3cret");
    factory.setAutomaticRecoveryEnabled(false);
    return factory;
  }

  @Test
  void passiveDeclare_knownQueue_itsDepthNow() throws Exception {
    queues.put("jobs", new QueueDepth(120, 2));
    try (Connection connection = factory().newConnection();
        Channel channel = connection.createChannel()) {
      AMQP.Queue.DeclareOk ok = channel.queueDeclarePassive("jobs");
      assertThat(ok.getQueue()).isEqualTo("jobs");
      assertThat(ok.getMessageCount()).isEqualTo(120);
      assertThat(ok.getConsumerCount()).isEqualTo(2);
      queues.put("jobs", new QueueDepth(7, 12));
      assertThat(channel.queueDeclarePassive("jobs").getMessageCount()).isEqualTo(7);
    }
  }

  @Test
  void passiveDeclare_unknownQueue_404ClosesTheChannelAlone() throws Exception {
    queues.put("jobs", new QueueDepth(1, 1));
    try (Connection connection = factory().newConnection()) {
      Channel channel = connection.createChannel();
      assertThatThrownBy(() -> channel.queueDeclarePassive("none"))
          .isInstanceOf(IOException.class)
          .cause()
          .isInstanceOfSatisfying(
              ShutdownSignalException.class,
              signal ->
                  assertThat(signal.getReason())
                      .isInstanceOfSatisfying(
                          AMQP.Channel.Close.class,
                          close -> assertThat(close.getReplyCode()).isEqualTo(AMQP.NOT_FOUND)));
      assertThat(connection.isOpen()).isTrue();
      assertThat(connection.createChannel().queueDeclarePassive("jobs").getMessageCount())
          .isEqualTo(1);
    }
  }

  @Test
  void declare_notPassive_refused() throws Exception {
    Connection connection = factory().newConnection(); // the server closes it
    Channel channel = connection.createChannel();
    assertThatThrownBy(() -> channel.queueDeclare("mine", false, false, false, Map.of()))
        .isInstanceOf(IOException.class)
        .hasStackTraceContaining("NOT_IMPLEMENTED");
    assertThat(connection.isOpen()).isFalse();
  }

  @Test
  void connect_wrongPassword_refused() {
    ConnectionFactory factory = factory();
    factory.setPassword("guess");
    assertThatThrownBy(factory::newConnection).isInstanceOf(AuthenticationFailureException.class);
  }

  @Test
  void connect_unknownVhost_refused() {
    ConnectionFactory factory = factory();
    factory.setVirtualHost("other");
    assertThatThrownBy(factory::newConnection)
        .isInstanceOf(IOException.class)
        .hasStackTraceContaining("NOT_ALLOWED");
  }

  @Test
  void heartbeats_clientThatWantsThem_staysConnected() throws Exception {
    ConnectionFactory factory = factory();
    factory.setRequestedHeartbeat(1);
    try (Connection connection = factory.newConnection()) {
      assertThat(connection.getHeartbeat()).isEqualTo(1);
      var lost = new CountDownLatch(1);
      connection.addShutdownListener(_ -> lost.countDown());
      // The client gives up after two silent intervals; so does the server.
      assertThat(lost.await(4, TimeUnit.SECONDS)).isFalse();
    }
  }

  @Test
  void connect_notAmqp_answeredByTheHeaderAndClosed() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout((int) DEADLINE.toMillis());
      socket.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().readNBytes(8))
          .isEqualTo(new byte[] {'A', 'M', 'Q', 'P', 0, 0, 9, 1});
    }
  }

  @Test
  void close_openConnection_dropped() throws Exception {
    Connection connection = factory().newConnection(); // the server closes it
    server.close();
    Awaitility.await().atMost(DEADLINE).until(() -> !connection.isOpen());
  }

  @Test
  void credentials_text_hasNoPassword() {
    assertThat(new AmqpServer.Credentials("demo", "s3cret").toString()).doesNotContain("s3cret");
  }
}
