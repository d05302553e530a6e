package io.gpuscaling.testkit.relay;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Two sockets joined, one virtual thread for each direction. An end of stream on one side is handed
 * on as such to the other; a failure ends both.
 */
final class Link implements AutoCloseable {

  /** Hands on what was read in one direction. */
  @FunctionalInterface
  interface Flow {

    /** Plain forwarding. */
    Flow PLAIN = (link, out, chunk, length) -> out.write(chunk, 0, length);

    /** Writes a chunk; may block, and may close the link. */
    void write(Link link, OutputStream out, byte[] chunk, int length) throws IOException;
  }

  private static final int CHUNK_BYTES = 16 << 10;
  private static final int DIRECTIONS = 2;

  private final Socket client;
  private final Socket server;
  private final Consumer<Link> onEnd;
  private final AtomicInteger openDirections = new AtomicInteger(DIRECTIONS);

  /** Joins two connected sockets; nothing moves before {@link #start}. */
  Link(Socket client, Socket server, Consumer<Link> onEnd) {
    this.client = client;
    this.server = server;
    this.onEnd = onEnd;
  }

  void start(Flow toServer, Flow toClient) {
    Thread.ofVirtual().name("link-to-server").start(() -> pump(client, server, toServer));
    Thread.ofVirtual().name("link-to-client").start(() -> pump(server, client, toClient));
  }

  /** Tells the client that no more will come, while its own bytes are still read. */
  void endAnswer() throws IOException {
    if (!client.isOutputShutdown()) {
      client.shutdownOutput();
    }
  }

  /** Ends the client's side with a reset, as a crashed peer would. */
  void reset() {
    reset(client);
    close();
  }

  static void reset(Socket socket) {
    try (socket) {
      socket.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException e) {
      // It is closed already, which is all that is wanted.
    }
  }

  @Override
  public void close() {
    closeQuietly(client);
    closeQuietly(server);
    onEnd.accept(this);
  }

  private void pump(Socket from, Socket to, Flow flow) {
    try {
      byte[] chunk = new byte[CHUNK_BYTES];
      var in = from.getInputStream();
      var out = to.getOutputStream();
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        flow.write(this, out, chunk, length);
      }
      if (!to.isOutputShutdown()) {
        to.shutdownOutput();
      }
      if (openDirections.decrementAndGet() == 0) {
        close();
      }
    } catch (IOException e) {
      // A broken connection is what a relay hands on: both sides see it end.
      close();
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Nothing is left to do with it.
    }
  }
}
