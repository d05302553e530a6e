package io.gpuscaling.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** TCP ports on 127.0.0.1, for programs that cannot choose a free one themselves. */
public final class LoopbackPorts {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

  private LoopbackPorts() {}

  /**
   * Ports that were free a moment ago, all different. Another process may take one before it is
   * used: a program that can bind port 0 should.
   */
  public static List<Integer> free(int count) {
    var sockets = new ArrayList<ServerSocket>(count);
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("no free port on loopback", e);
    } finally {
      sockets.forEach(LoopbackPorts::close);
    }
  }

  /** Whether something accepts connections on a port. */
  public static boolean isOpen(int port) {
    try (var socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
          Math.toIntExact(CONNECT_TIMEOUT.toMillis()));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
