package io.gpuscaling.demo.amqp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Answers passive declares on 127.0.0.1: handshake with PLAIN, channels, heartbeats; everything
 * else is refused as AMQP 0-9-1 says. One virtual thread for each connection.
 */
public final class AmqpServer implements AutoCloseable {

  private static final int BACKLOG = 16;
  private static final int MAX_CONNECTIONS = 64;

  private final ServerSocket socket;
  private final Credentials credentials;
  private final Function<String, Optional<QueueDepth>> queues;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  private AmqpServer(
      ServerSocket socket, Credentials credentials, Function<String, Optional<QueueDepth>> queues) {
    this.socket = socket;
    this.credentials = credentials;
    this.queues = queues;
  }

  /** The one user; the text form has no password. */
  public record Credentials(String user, String password) {

    /** Whether an answer of the mechanism PLAIN is theirs. */
    boolean accept(String response) {
      return response.equals("\0" + user + "\0" + password);
    }

    @Override
    public String toString() {
      return "Credentials[" + user + "]";
    }
  }

  /**
   * Listens on a free port.
   *
   * @param queues the depth of a queue by its name, empty when there is none; called by the
   *     connections' threads
   * @throws IOException when there is no free port
   */
  public static AmqpServer start(
      Credentials credentials, Function<String, Optional<QueueDepth>> queues) throws IOException {
    var socket = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    var server = new AmqpServer(socket, credentials, queues);
    Thread.ofVirtual().name("amqp-accept").start(server::accept);
    return server;
  }

  /** The port. */
  public int port() {
    return socket.getLocalPort();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket accepted = socket.accept();
        if (connections.size() >= MAX_CONNECTIONS) {
          close(accepted);
          continue;
        }
        connections.add(accepted);
        Thread.ofVirtual().name("amqp-connection").start(() -> serve(accepted));
      } catch (IOException e) {
        // Closed, or no file left for this one: the loop's condition tells.
      }
    }
  }

  private void serve(Socket accepted) {
    try (accepted) {
      new AmqpConnection(accepted, credentials, queues).run();
    } catch (IOException e) {
      // The client went away, or did not speak AMQP.
    } finally {
      connections.remove(accepted);
    }
  }

  /** Stops listening and drops the connections. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone, which is what was wanted.
    }
    connections.forEach(AmqpServer::close);
  }

  private static void close(Socket connection) {
    try {
      connection.close();
    } catch (IOException e) {
      // It is gone, which is what was wanted.
    }
  }
}
