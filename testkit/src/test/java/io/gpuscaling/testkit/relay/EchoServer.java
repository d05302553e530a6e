package io.gpuscaling.testkit.relay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** Sends its mark, then everything that it reads, and ends when the client has ended. */
final class EchoServer implements AutoCloseable {

  private final byte mark;
  private final AtomicInteger accepted = new AtomicInteger();
  private final Acceptor acceptor;

  EchoServer(char mark) {
    this.mark = (byte) mark;
    this.acceptor = Acceptor.start(this::echo);
  }

  InetSocketAddress address() {
    return acceptor.address();
  }

  int accepted() {
    return accepted.get();
  }

  @Override
  public void close() {
    acceptor.close();
  }

  private void echo(Socket socket) {
    accepted.incrementAndGet();
    try (socket) {
      var out = socket.getOutputStream();
      out.write(mark);
      socket.getInputStream().transferTo(out);
      socket.shutdownOutput();
    } catch (IOException e) {
      // The client is gone.
    }
  }
}
