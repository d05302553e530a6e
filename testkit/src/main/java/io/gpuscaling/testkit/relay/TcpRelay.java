package io.gpuscaling.testkit.relay;

import java.io.IOException;
import java.net.InetSocketAddress;
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

  private final List<InetSocketAddress> backends;
  private final AtomicInteger turn = new AtomicInteger();
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final Acceptor acceptor;

  private TcpRelay(List<InetSocketAddress> backends) {
    this.backends = new CopyOnWriteArrayList<>(backends);
    this.acceptor = Acceptor.start(this::join);
  }

  /** Listens on a free port of 127.0.0.1. */
  public static TcpRelay start(List<InetSocketAddress> backends) {
    return new TcpRelay(backends);
  }

  /** The port that it listens on. */
  public int port() {
    return address().getPort();
  }

  /** The address that it listens on. */
  public InetSocketAddress address() {
    return acceptor.address();
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
      acceptor.close();
    } finally {
      links.forEach(Link::close);
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
    if (acceptor.isClosed()) {
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
