package io.gpuscaling.testkit.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.testkit.process.LoopbackPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class AcceptorTest {

  @RepeatedTest(50)
  void close_returned_portRefuses() {
    var acceptor = Acceptor.start(AcceptorTest::end);
    int port = acceptor.address().getPort();
    assertThat(LoopbackPorts.isOpen(port)).isTrue();

    acceptor.close();

    assertThat(acceptor.isClosed()).isTrue();
    assertThat(LoopbackPorts.isOpen(port)).isFalse();
  }

  @Test
  void start_addressTaken_fails() {
    try (var first = Acceptor.start(AcceptorTest::end)) {
      assertThatThrownBy(() -> Acceptor.start(first.address(), AcceptorTest::end))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("cannot listen");
    }
  }

  @Test
  void close_interrupted_keepsTheInterrupt() {
    var acceptor = Acceptor.start(AcceptorTest::end);

    Thread.currentThread().interrupt();
    acceptor.close();

    assertThat(Thread.interrupted()).isTrue();
  }

  /** An orderly end: a reset could overtake the client's connect, which would fail then. */
  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
