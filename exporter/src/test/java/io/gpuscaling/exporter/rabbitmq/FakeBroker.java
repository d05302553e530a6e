package io.gpuscaling.exporter.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.LongString;
import com.rabbitmq.client.impl.AMQImpl;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.LongStringHelper;
import com.rabbitmq.client.impl.Method;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Just enough of AMQP 0-9-1 to be asked for queues, and to answer wrongly. Uses the client
 * library's own frames.
 */
final class FakeBroker implements AutoCloseable {

  /** What it does when asked for a queue. */
  sealed interface Behaviour {
    record Depth(int ready, int consumers) implements Behaviour {}

    /** The answer names another queue. */
    record WrongName() implements Behaviour {}

    record CloseChannel(int code, String text) implements Behaviour {}

    /** Says nothing. */
    record Silent() implements Behaviour {}

    /** Answers at {@link #release}. */
    record Held(int ready, int consumers) implements Behaviour {}

    record CloseSocket() implements Behaviour {}
  }

  private record HeldAnswer(DataOutputStream out, int channel, Method answer) {}

  static final String PASSWORD = "s3cret";

  private static final int HEADER_BYTES = 8;
  private static final int FRAME_BYTES = 131_072;
  private static final int METHOD = 1;

  private final ServerSocket socket;
  private final Thread acceptor;
  private final Map<String, Behaviour> queues = new ConcurrentHashMap<>();
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final Queue<String> asked = new ConcurrentLinkedQueue<>();
  private final AtomicInteger accepted = new AtomicInteger();
  private final Set<Integer> channels = ConcurrentHashMap.newKeySet();
  private final Queue<HeldAnswer> held = new ConcurrentLinkedQueue<>();
  private volatile int channelMax = 64;
  private volatile boolean mute;
  private volatile String mechanism = "";

  FakeBroker() throws IOException {
    this(0);
  }

  FakeBroker(int port) throws IOException {
    this(new ServerSocket(port, 50, InetAddress.getLoopbackAddress()));
  }

  FakeBroker(ServerSocket socket) {
    this.socket = socket;
    acceptor = Thread.ofVirtual().name("fake-broker").start(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  /** How the last client said who it is; a certificate is taken for an answer. */
  String mechanism() {
    return mechanism;
  }

  BrokerSettings settings(String password) {
    return BrokerSettings.parse(
        "default",
        "amqp://reader:" + password + "@127.0.0.1:" + port(),
        null,
        BrokerSettings.TlsFiles.NONE);
  }

  void put(String queue, Behaviour behaviour) {
    queues.put(queue, behaviour);
  }

  void put(String queue, int ready, int consumers) {
    put(queue, new Behaviour.Depth(ready, consumers));
  }

  /** How many channels a client may have open on a connection that it makes from now on. */
  void allowChannels(int most) {
    channelMax = most;
  }

  /** The numbers of all channels that were ever opened. */
  Set<Integer> channels() {
    return channels;
  }

  /** Sends the answers that were held back. */
  void release() throws IOException {
    for (HeldAnswer each = held.poll(); each != null; each = held.poll()) {
      send(each.out(), each.channel(), each.answer());
    }
  }

  /** How many answers are held back. */
  int held() {
    return held.size();
  }

  /** From now on it accepts and says nothing. */
  void mute() {
    mute = true;
  }

  /** All names asked for so far. */
  Queue<String> asked() {
    return asked;
  }

  int accepted() {
    return accepted.get();
  }

  void dropConnections() throws IOException {
    for (Socket connection : connections) {
      connection.close();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    // The port is open until the thread that waits for a connection has left it, and takes one
    // more.
    try {
      acceptor.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    dropConnections();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        accepted.incrementAndGet();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      var in = new DataInputStream(connection.getInputStream());
      var out = new DataOutputStream(connection.getOutputStream());
      in.readNBytes(HEADER_BYTES);
      if (!mute) {
        LongString plain = LongStringHelper.asLongString("PLAIN EXTERNAL");
        LongString locale = LongStringHelper.asLongString("en_US");
        send(out, 0, new AMQImpl.Connection.Start(0, 9, Map.of(), plain, locale));
      }
      for (Frame frame = read(in); frame != null; frame = read(in)) {
        if (frame.getType() == METHOD && !mute) {
          answer(connection, out, frame.getChannel(), frame);
        }
      }
    } catch (IOException _) {
      // The client went away.
    } finally {
      connections.remove(connection);
    }
  }

  private static Frame read(DataInputStream in) throws IOException {
    return Frame.readFrom(in, () -> FRAME_BYTES);
  }

  private static void send(DataOutputStream out, int channel, Method method) throws IOException {
    synchronized (out) {
      method.toFrame(channel).writeTo(out);
      out.flush();
    }
  }

  private void answer(Socket connection, DataOutputStream out, int channel, Frame frame)
      throws IOException {
    switch (AMQImpl.readMethodFrom(frame.getInputStream())) {
      case AMQImpl.Connection.StartOk start -> {
        mechanism = start.getMechanism();
        if (mechanism.equals("EXTERNAL")
            || start.getResponse().toString().endsWith("\0" + PASSWORD)) {
          send(out, 0, new AMQImpl.Connection.Tune(channelMax, FRAME_BYTES, 0));
        } else {
          close(out, AMQP.ACCESS_REFUSED, "ACCESS_REFUSED - Login was refused");
        }
      }
      case AMQImpl.Connection.Open open -> {
        if (open.getVirtualHost().equals("/")) {
          send(out, 0, new AMQImpl.Connection.OpenOk(""));
        } else {
          close(out, AMQP.NOT_ALLOWED, "NOT_ALLOWED - vhost not found");
        }
      }
      case AMQImpl.Connection.Close _ -> send(out, 0, new AMQImpl.Connection.CloseOk());
      case AMQImpl.Channel.Open _ -> {
        channels.add(channel);
        send(out, channel, new AMQImpl.Channel.OpenOk(LongStringHelper.asLongString("")));
      }
      case AMQImpl.Channel.Close _ -> send(out, channel, new AMQImpl.Channel.CloseOk());
      case AMQImpl.Queue.Declare declare when declare.getPassive() -> {
        asked.add(declare.getQueue());
        declare(connection, out, channel, declare.getQueue());
      }
      default -> {
        // TuneOk and CloseOk need no answer.
      }
    }
  }

  private static void close(DataOutputStream out, int code, String text) throws IOException {
    send(out, 0, new AMQImpl.Connection.Close(code, text, 0, 0));
  }

  private void declare(Socket connection, DataOutputStream out, int channel, String queue)
      throws IOException {
    Behaviour behaviour =
        queues.getOrDefault(
            queue,
            new Behaviour.CloseChannel(
                AMQP.NOT_FOUND, "NOT_FOUND - no queue '" + queue + "' in vhost '/'"));
    switch (behaviour) {
      case Behaviour.Depth(int ready, int consumers) ->
          send(out, channel, new AMQImpl.Queue.DeclareOk(queue, ready, consumers));
      case Behaviour.WrongName() ->
          send(out, channel, new AMQImpl.Queue.DeclareOk(queue + "-other", 7, 7));
      case Behaviour.CloseChannel(int code, String text) ->
          send(out, channel, new AMQImpl.Channel.Close(code, text, 50, 10));
      case Behaviour.Silent() -> {
        // Says nothing.
      }
      case Behaviour.Held(int ready, int consumers) ->
          held.add(
              new HeldAnswer(out, channel, new AMQImpl.Queue.DeclareOk(queue, ready, consumers)));
      case Behaviour.CloseSocket() -> connection.close();
    }
  }
}
