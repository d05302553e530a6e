package io.gpuscaling.testkit.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultyProxyTest {

  private final EchoServer server = new EchoServer('s');
  private final FaultyProxy proxy = FaultyProxy.start(server.address());

  @AfterEach
  void close() {
    proxy.close();
    server.close();
  }

  @Test
  void none_forwards() throws Exception {
    assertThat(exchange("hello")).isEqualTo("shello");
  }

  @Test
  void refuse_newConnectionsAreRefusedOpenOnesReset_andItRecovers() throws Exception {
    try (var open = connect()) {
      assertThat(open.getInputStream().read()).isEqualTo('s');

      proxy.apply(new Fault.Refuse());

      assertThat(TcpRelayTest.readsEnd(open)).isTrue();
      assertThatThrownBy(() -> connect().close()).isInstanceOf(ConnectException.class);
    }
    proxy.apply(new Fault.None());
    assertThat(exchange("x")).isEqualTo("sx");
  }

  @Test
  void reset_connectionsAreResetAndNeverReachTheServer() throws Exception {
    proxy.apply(new Fault.Reset());

    assertThatThrownBy(() -> exchange("x")).isInstanceOf(SocketException.class);
    assertThat(server.accepted()).isZero();
  }

  @Test
  void stall_nothingComesUntilItIsLifted() throws Exception {
    proxy.apply(new Fault.Stall());
    try (var socket = connect()) {
      socket.getOutputStream().write('x');
      socket.setSoTimeout(300);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);

      proxy.apply(new Fault.None());

      socket.setSoTimeout(20_000);
      assertThat(socket.getInputStream().readNBytes(2)).asString(US_ASCII).isEqualTo("sx");
    }
  }

  @Test
  void drip_answerComesWholeButSlowly() throws Exception {
    proxy.apply(new Fault.Drip(2, Duration.ofMillis(40)));

    var pieces = 0;
    var answer = new StringBuilder();
    try (var socket = connect()) {
      socket.getOutputStream().write("12345".getBytes(US_ASCII));
      socket.shutdownOutput();
      var chunk = new byte[100];
      for (int n = socket.getInputStream().read(chunk);
          n > 0;
          n = socket.getInputStream().read(chunk)) {
        assertThat(n).isLessThanOrEqualTo(2);
        answer.append(new String(chunk, 0, n, US_ASCII));
        pieces++;
      }
    }

    assertThat(answer).hasToString("s12345");
    assertThat(pieces).isGreaterThanOrEqualTo(3);
  }

  @Test
  void halfClose_answerEndsBeforeItsFirstByteAndRequestsAreStillRead() throws Exception {
    proxy.apply(new Fault.HalfClose());

    try (var socket = connect()) {
      assertThat(socket.getInputStream().read()).isNegative();
      socket.getOutputStream().write("still read".getBytes(US_ASCII));
    }
    assertThat(server.accepted()).isEqualTo(1);
  }

  @Test
  void cutAfter_answerIsCutThere() throws Exception {
    proxy.apply(new Fault.CutAfter(3));

    try (var socket = connect()) {
      socket.getOutputStream().write("12345".getBytes(US_ASCII));
      assertThat(socket.getInputStream().readNBytes(3)).asString(US_ASCII).isEqualTo("s12");
      assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void stallAfter_answerStopsThereUntilItIsLifted() throws Exception {
    try (var socket = connect()) {
      socket.getOutputStream().write('1');
      assertThat(socket.getInputStream().readNBytes(2)).asString(US_ASCII).isEqualTo("s1");

      proxy.apply(new Fault.StallAfter(3));

      socket.getOutputStream().write("23456".getBytes(US_ASCII));
      assertThat(socket.getInputStream().readNBytes(3)).asString(US_ASCII).isEqualTo("234");
      socket.setSoTimeout(300);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);

      proxy.apply(new Fault.None());

      socket.setSoTimeout(20_000);
      assertThat(socket.getInputStream().readNBytes(2)).asString(US_ASCII).isEqualTo("56");
    }
  }

  @Test
  void faults_badNumbers_areRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Fault.Drip(0, Duration.ZERO));
    assertThatIllegalArgumentException().isThrownBy(() -> new Fault.CutAfter(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Fault.StallAfter(-1));
  }

  @Test
  void serverGone_connectionIsReset() {
    server.close();

    assertThatThrownBy(() -> exchange("x")).isInstanceOf(SocketException.class);
  }

  @Test
  void close_stalledConnection_ends() throws Exception {
    proxy.apply(new Fault.Stall());
    try (var socket = connect()) {
      socket.getOutputStream().write('x');

      proxy.close();

      await().atMost(Duration.ofSeconds(20)).until(() -> TcpRelayTest.readsEnd(socket));
    }
  }

  private String exchange(String request) throws IOException {
    return TcpRelayTest.exchange(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()), request);
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
  }
}
