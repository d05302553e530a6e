package io.gpuscaling.testkit.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A listener on loopback that hands each connection to a virtual thread of its own. When {@link
 * #close} returns, the port refuses: the JDK closes a listener only after the thread that accepts
 * on it has noticed, so that thread is waited for.
 */
final class Acceptor implements AutoCloseable {

  private static final int BACKLOG = 128;
  private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

  private final ServerSocket listener;
  private final Thread thread;

  private Acceptor(ServerSocket listener, Consumer<Socket> onConnection) {
    this.listener = listener;
    this.thread = Thread.ofVirtual().name("accept").unstarted(() -> accept(onConnection));
  }

  /** Listens on a free port. */
  static Acceptor start(Consumer<Socket> onConnection) {
    return start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), onConnection);
  }

  /**
   * Listens on an address.
   *
   * @throws UncheckedIOException when it is taken
   */
  static Acceptor start(InetSocketAddress address, Consumer<Socket> onConnection) {
    try {
      var listener = new ServerSocket();
      listener.setReuseAddress(true);
      listener.bind(address, BACKLOG);
      var acceptor = new Acceptor(listener, onConnection);
      acceptor.thread.start();
      return acceptor;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on " + address, e);
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  boolean isClosed() {
    return listener.isClosed();
  }

  @Override
  public void close() {
    try {
      listener.close();
      if (!thread.join(END_TIMEOUT)) {
        throw new IllegalStateException("still listening after " + END_TIMEOUT);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept(Consumer<Socket> onConnection) {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Thread.ofVirtual().name("connection").start(() -> onConnection.accept(client));
      } catch (IOException e) {
        // Closed: the loop ends. Anything else concerns that one connection.
      }
    }
  }
}
