package io.gpuscaling.testkit.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One address in front of several servers, as a Service is: each new connection goes to the next
 * backend in turn, and a backend that refuses is skipped. With no backend that answers the
 * connection is reset. Safe for use by any thread.
 */
public final class TcpRelay implements AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final int BACKLOG = 128;

  private final ServerSocket listener;
  private final List<InetSocketAddress> backends;
  private final AtomicInteger turn = new AtomicInteger();
  private final Set<Link> links = ConcurrentHashMap.newKeySet();

  private TcpRelay(ServerSocket listener, List<InetSocketAddress> backends) {
    this.listener = listener;
    this.backends = new CopyOnWriteArrayList<>(backends);
  }

  /** Listens on a free port of 127.0.0.1. */
  public static TcpRelay start(List<InetSocketAddress> backends) {
    try {
      var relay =
          new TcpRelay(new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()), backends);
      Thread.ofVirtual().name("relay-accept").start(relay::accept);
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException("no free port on loopback", e);
    }
  }

  /** The port that it listens on. */
  public int port() {
    return listener.getLocalPort();
  }

  /** The address that it listens on. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** Sends new connections to this backend too. */
  public void addBackend(InetSocketAddress backend) {
    backends.add(backend);
  }

  /** Sends no new connection to this backend; those that are open stay. */
  public void removeBackend(InetSocketAddress backend) {
    backends.remove(backend);
  }

  /** How many connections are open now. */
  public int openConnections() {
    return links.size();
  }

  /** Refuses new connections and ends the open ones. */
  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      links.forEach(Link::close);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Thread.ofVirtual().name("relay-connect").start(() -> join(client));
      } catch (IOException e) {
        // Closed: the loop ends. Anything else concerns that one connection.
      }
    }
  }

  private void join(Socket client) {
    Optional<Socket> server = connect();
    if (server.isEmpty()) {
      Link.reset(client);
      return;
    }
    var link = new Link(client, server.get(), links::remove);
    links.add(link);
    if (listener.isClosed()) {
      link.close();
      return;
    }
    link.start(Link.Flow.PLAIN, Link.Flow.PLAIN);
  }

  private Optional<Socket> connect() {
    var candidates = List.copyOf(backends);
    for (int tried = 0; tried < candidates.size(); tried++) {
      var backend = candidates.get(Math.floorMod(turn.getAndIncrement(), candidates.size()));
      Optional<Socket> socket = connect(backend);
      if (socket.isPresent()) {
        return socket;
      }
    }
    return Optional.empty();
  }

  /** Connects, or says by an empty answer that the backend refuses. */
  static Optional<Socket> connect(InetSocketAddress backend) {
    var socket = new Socket();
    try {
      socket.connect(backend, Math.toIntExact(CONNECT_TIMEOUT.toMillis()));
      return Optional.of(socket);
    } catch (IOException e) {
      Link.reset(socket);
      return Optional.empty();
    }
  }
}
