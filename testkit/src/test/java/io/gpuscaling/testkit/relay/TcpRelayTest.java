package io.gpuscaling.testkit.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TcpRelayTest {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final EchoServer a = new EchoServer('a');
  private final EchoServer b = new EchoServer('b');
  private final TcpRelay relay = TcpRelay.start(List.of(a.address(), b.address()));

  @AfterEach
  void close() {
    relay.close();
    a.close();
    b.close();
  }

  @Test
  void connections_goRoundRobin() throws Exception {
    assertThat(exchange("1") + exchange("2") + exchange("3") + exchange("4"))
        .isIn("a1b2a3b4", "b1a2b3a4");
    await().atMost(DEADLINE).until(() -> relay.openConnections() == 0);
  }

  @Test
  void backendRefuses_isSkipped() throws Exception {
    a.close();

    assertThat(exchange("1") + exchange("2") + exchange("3")).isEqualTo("b1b2b3");
  }

  @Test
  void addAndRemove_changeWhereNewConnectionsGo() throws Exception {
    try (var c = new EchoServer('c')) {
      relay.removeBackend(a.address());
      relay.removeBackend(b.address());
      relay.addBackend(c.address());

      assertThat(exchange("1") + exchange("2")).isEqualTo("c1c2");
    }
  }

  @Test
  void noBackend_connectionIsReset() {
    relay.removeBackend(a.address());
    relay.removeBackend(b.address());

    assertThatThrownBy(() -> read(new Socket(relay.address().getAddress(), relay.port())))
        .isInstanceOf(IOException.class);
  }

  @Test
  void close_endsOpenConnectionsAndRefusesNewOnes() throws Exception {
    try (var socket = new Socket(relay.address().getAddress(), relay.port())) {
      assertThat(socket.getInputStream().read()).isIn((int) 'a', (int) 'b');

      relay.close();

      assertThat(readsEnd(socket)).isTrue();
    }
    assertThatThrownBy(() -> new Socket(relay.address().getAddress(), relay.port()).close())
        .isInstanceOf(IOException.class);
  }

  private String exchange(String request) throws IOException {
    return exchange(relay.address(), request);
  }

  static String exchange(InetSocketAddress address, String request) throws IOException {
    try (var socket = new Socket(address.getAddress(), address.getPort())) {
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  static String read(Socket socket) throws IOException {
    try (socket) {
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  static boolean readsEnd(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true;
    }
  }
}
