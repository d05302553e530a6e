package io.gpuscaling.testkit.relay;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A proxy in front of one server that fails as it is told. A fault counts from the next piece of
 * data on, for open connections too. The port stays the same. Safe for use by any thread.
 */
public final class FaultyProxy implements AutoCloseable {

  private static final int BACKLOG = 128;

  private final InetSocketAddress backend;
  private final InetSocketAddress address;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();

  /** Guards the fields below; never held while a socket is used, except to open or close one. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private ServerSocket listener;
  private Fault fault = new Fault.None();
  private boolean closed;

  private FaultyProxy(InetSocketAddress backend, ServerSocket listener) {
    this.backend = backend;
    this.listener = listener;
    this.address = (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** Listens on a free port of 127.0.0.1 and forwards without fault. */
  public static FaultyProxy start(InetSocketAddress backend) {
    try {
      var listener = listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      var proxy = new FaultyProxy(backend, listener);
      proxy.startAccepting(listener);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException("no free port on loopback", e);
    }
  }

  /** The port that it listens on. */
  public int port() {
    return address.getPort();
  }

  /**
   * From now on does this wrong, in place of what it did before.
   *
   * @throws UncheckedIOException when the port was refused before and has been taken by another
   *     program since
   */
  public void apply(Fault next) {
    lock.lock();
    try {
      fault = next;
      changed.signalAll();
      if (next instanceof Fault.Refuse) {
        listener.close();
      } else if (listener.isClosed() && !closed) {
        listener = listen(address);
        startAccepting(listener);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on " + address, e);
    } finally {
      lock.unlock();
    }
    if (next instanceof Fault.Refuse || next instanceof Fault.Reset) {
      links.forEach(Link::reset);
    }
  }

  /** Refuses new connections and ends the open ones. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
      links.forEach(Link::close);
    }
  }

  private static ServerSocket listen(InetSocketAddress address) throws IOException {
    var socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(address, BACKLOG);
    return socket;
  }

  private void startAccepting(ServerSocket socket) {
    Thread.ofVirtual().name("proxy-accept").start(() -> accept(socket));
  }

  private void accept(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        Thread.ofVirtual().name("proxy-connect").start(() -> join(client));
      } catch (IOException e) {
        // Closed: the loop ends. Anything else concerns that one connection.
      }
    }
  }

  private void join(Socket client) {
    Fault current = fault();
    Optional<Socket> server =
        current instanceof Fault.Reset || current instanceof Fault.Refuse
            ? Optional.empty()
            : TcpRelay.connect(backend);
    if (server.isEmpty()) {
      Link.reset(client);
      return;
    }
    var link = new Link(client, server.get(), links::remove);
    links.add(link);
    if (isClosed()) {
      link.close();
      return;
    }
    link.start(this::forwardRequest, new Answer());
  }

  private void forwardRequest(Link link, OutputStream out, byte[] chunk, int length)
      throws IOException {
    awaitMovement();
    out.write(chunk, 0, length);
  }

  /** The answers of one connection; used by one thread. */
  private final class Answer implements Link.Flow {

    private long sentBytes;

    @Override
    public void write(Link link, OutputStream out, byte[] chunk, int length) throws IOException {
      int offset = 0;
      while (offset < length) {
        int left = length - offset;
        int piece =
            switch (awaitMovement()) {
              case Fault.None _, Fault.Refuse _, Fault.Reset _, Fault.Stall _ -> left;
              case Fault.Drip drip -> {
                pause(drip.pause());
                yield Math.min(drip.bytes(), left);
              }
              case Fault.HalfClose _ -> {
                link.endAnswer();
                yield 0;
              }
              case Fault.CutAfter(long bytes) -> {
                long allowed = Math.min(left, bytes - sentBytes);
                if (allowed <= 0) {
                  link.reset();
                  yield 0;
                }
                yield Math.toIntExact(allowed);
              }
            };
        if (piece == 0) {
          return;
        }
        out.write(chunk, offset, piece);
        offset += piece;
        sentBytes += piece;
      }
    }
  }

  private Fault fault() {
    lock.lock();
    try {
      return fault;
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Waits while the fault is a stall; answers what the fault is then. */
  private Fault awaitMovement() throws IOException {
    lock.lock();
    try {
      while (fault instanceof Fault.Stall && !closed) {
        changed.await();
      }
      return fault;
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a time, or until the fault changes. */
  private void pause(Duration pause) throws IOException {
    lock.lock();
    try {
      var before = fault;
      long leftNanos = pause.toNanos();
      while (leftNanos > 0 && fault.equals(before) && !closed) {
        leftNanos = changed.awaitNanos(leftNanos);
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    } finally {
      lock.unlock();
    }
  }
}
