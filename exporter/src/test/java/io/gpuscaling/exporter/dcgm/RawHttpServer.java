package io.gpuscaling.exporter.dcgm;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** A server that answers with exactly the bytes that a test wants, and as slowly. */
public final class RawHttpServer implements AutoCloseable {

  /** Writes an answer; the connection ends when it returns. */
  public interface Answer {
    void write(OutputStream out, CountDownLatch closed) throws IOException, InterruptedException;
  }

  private final ServerSocket socket;
  private final Thread acceptor;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicReference<Answer> answer;
  private final Queue<String> requests = new ConcurrentLinkedQueue<>();

  public RawHttpServer(Answer answer) throws IOException {
    this.answer = new AtomicReference<>(answer);
    socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    acceptor = Thread.ofVirtual().name("raw-http").start(this::accept);
  }

  public static Answer bytes(String text) {
    return (out, _) -> out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  public static Answer page(String body) {
    return bytes(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
            + body.getBytes(StandardCharsets.UTF_8).length
            + "\r\n\r\n"
            + body);
  }

  /** These bytes, then nothing until the server is closed. */
  public static Answer stall(String text) {
    return (out, closed) -> {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
      closed.await();
    };
  }

  /** The headers of an endless body, then a byte every 20 ms. */
  public static Answer drip() {
    return (out, closed) -> {
      out.write(
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n"
              .getBytes(StandardCharsets.UTF_8));
      do {
        out.write('m');
        out.flush();
      } while (!closed.await(20, TimeUnit.MILLISECONDS));
    };
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/metrics");
  }

  public void answerWith(Answer next) {
    answer.set(next);
  }

  /** The heads of all requests so far. */
  public Queue<String> requests() {
    return requests;
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      var in =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
      var head = new StringBuilder();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        head.append(line).append('\n');
      }
      requests.add(head.toString());
      answer.get().write(connection.getOutputStream(), closed);
    } catch (IOException _) {
      // The client went away, which some tests want.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    socket.close();
    // The port is open until the thread that waits for a connection has left it, and takes one
    // more.
    try {
      acceptor.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
