package io.gpuscaling.testkit.relay;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
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

  private final InetSocketAddress backend;
  private final InetSocketAddress address;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();

  /**
   * Guards the fields below; never held while a socket is used, except to open or close the
   * listener.
   */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private Acceptor acceptor;
  private Fault fault = new Fault.None();
  private boolean closed;

  private FaultyProxy(InetSocketAddress backend) {
    this.backend = backend;
    this.acceptor = Acceptor.start(this::join);
    this.address = acceptor.address();
  }

  /** Listens on a free port of 127.0.0.1 and forwards without fault. */
  public static FaultyProxy start(InetSocketAddress backend) {
    return new FaultyProxy(backend);
  }

  /** The port that it listens on. */
  public int port() {
    return address.getPort();
  }

  /**
   * From now on does this wrong, in place of what it did before.
   *
   * @throws java.io.UncheckedIOException when the port was refused before and has been taken by
   *     another program since
   */
  public void apply(Fault next) {
    lock.lock();
    try {
      fault = next;
      changed.signalAll();
      if (next instanceof Fault.Refuse) {
        acceptor.close();
      } else if (acceptor.isClosed() && !closed) {
        acceptor = Acceptor.start(address, this::join);
      }
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
      acceptor.close();
    } finally {
      lock.unlock();
      links.forEach(Link::close);
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

  /** Nothing was written, and it is to be looked at again. */
  private static final int STALLED = -1;

  /** The answers of one connection; used by one thread. */
  private final class Answer implements Link.Flow {

    private long sentBytes;

    /** How many had been sent when the fault that stalls began. */
    private long sentBefore;

    private Fault stall = new Fault.None();

    @Override
    public void write(Link link, OutputStream out, byte[] chunk, int length) throws IOException {
      int offset = 0;
      while (offset < length) {
        int left = length - offset;
        int piece =
            switch (awaitMovement()) {
              case Fault.OfConnection _ -> left;
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
              case Fault.StallAfter after -> {
                if (!stall.equals(after)) {
                  stall = after;
                  sentBefore = sentBytes;
                }
                long allowed = Math.min(left, after.bytes() - (sentBytes - sentBefore));
                if (allowed <= 0) {
                  awaitOtherThan(after);
                  yield STALLED;
                }
                yield Math.toIntExact(allowed);
              }
            };
        if (piece == STALLED) {
          continue;
        }
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

  private void awaitOtherThan(Fault before) throws IOException {
    lock.lock();
    try {
      while (fault.equals(before) && !closed) {
        changed.await();
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    } finally {
      lock.unlock();
    }
    if (isClosed()) {
      throw new InterruptedIOException();
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
