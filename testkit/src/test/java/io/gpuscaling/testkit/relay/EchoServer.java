package io.gpuscaling.testkit.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** Sends its mark, then everything that it reads, and ends when the client has ended. */
final class EchoServer implements AutoCloseable {

  private final ServerSocket listener;
  private final byte mark;
  private final AtomicInteger accepted = new AtomicInteger();

  EchoServer(char mark) {
    this.mark = (byte) mark;
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  int accepted() {
    return accepted.get();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        accepted.incrementAndGet();
        Thread.ofVirtual().start(() -> echo(socket));
      } catch (IOException e) {
        // closed
      }
    }
  }

  private void echo(Socket socket) {
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
