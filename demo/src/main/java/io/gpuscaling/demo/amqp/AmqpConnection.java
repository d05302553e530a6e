package io.gpuscaling.demo.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.impl.AMQImpl;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.LongStringHelper;
import com.rabbitmq.client.impl.Method;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One client: reads frames on the thread of {@link #run} until either side closes. */
final class AmqpConnection {

  private static final byte[] HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
  private static final int MAX_FRAME_BYTES = 131_072;
  private static final int MAX_CHANNELS = 64;
  private static final int HEARTBEAT_SECONDS = 10;
  private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);
  private static final String VHOST = "/";

  private final Socket socket;
  private final AmqpServer.Credentials credentials;
  private final Function<String, Optional<QueueDepth>> queues;
  private final DataInputStream in;
  private final DataOutputStream out; // writes guarded by this
  private final Set<Integer> channels = new HashSet<>();
  private boolean isAuthenticated;
  private boolean isOpen;
  private boolean isClosing;
  private @Nullable PeriodicTask heartbeats;

  AmqpConnection(
      Socket socket,
      AmqpServer.Credentials credentials,
      Function<String, Optional<QueueDepth>> queues)
      throws IOException {
    this.socket = socket;
    this.credentials = credentials;
    this.queues = queues;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = new DataOutputStream(socket.getOutputStream());
  }

  void run() throws IOException {
    try {
      socket.setSoTimeout((int) HANDSHAKE_TIMEOUT.toMillis());
      if (!Arrays.equals(in.readNBytes(HEADER.length), HEADER)) {
        out.write(HEADER); // what a server does that speaks another version
        return;
      }
      send(
          0,
          new AMQImpl.Connection.Start(
              0,
              9,
              Map.of("product", "gpuscaling-demo"),
              LongStringHelper.asLongString("PLAIN"),
              LongStringHelper.asLongString("en_US")));
      while (!isClosing) {
        Frame frame = Frame.readFrom(in, () -> MAX_FRAME_BYTES);
        if (frame != null && frame.getType() == AMQP.FRAME_METHOD) {
          answer(frame.getChannel(), AMQImpl.readMethodFrom(frame.getInputStream()));
        }
      }
    } finally {
      PeriodicTask task = heartbeats;
      if (task != null) {
        task.close();
      }
    }
  }

  private void answer(int channel, Method method) throws IOException {
    if (method instanceof AMQImpl.Connection.CloseOk) {
      isClosing = true;
      return;
    }
    if (!isAuthenticated && !(method instanceof AMQImpl.Connection.StartOk)) {
      refuse(AMQP.CHANNEL_ERROR, "CHANNEL_ERROR - not authenticated", method);
      return;
    }
    switch (method) {
      case AMQImpl.Connection.StartOk startOk -> authenticate(startOk);
      case AMQImpl.Connection.TuneOk tuneOk -> beat(tuneOk.getHeartbeat());
      case AMQImpl.Connection.Open open -> {
        if (open.getVirtualHost().equals(VHOST)) {
          isOpen = true;
          send(0, new AMQImpl.Connection.OpenOk(""));
        } else {
          refuse(AMQP.NOT_ALLOWED, "NOT_ALLOWED - vhost not found", method);
        }
      }
      case AMQImpl.Connection.Close _ -> {
        send(0, new AMQImpl.Connection.CloseOk());
        isClosing = true;
      }
      case AMQImpl.Channel.Open _ when isOpen && channels.size() < MAX_CHANNELS -> {
        channels.add(channel);
        send(channel, new AMQImpl.Channel.OpenOk(LongStringHelper.asLongString("")));
      }
      case AMQImpl.Channel.Close _ -> {
        channels.remove(channel);
        send(channel, new AMQImpl.Channel.CloseOk());
      }
      case AMQImpl.Channel.CloseOk _ -> channels.remove(channel);
      case AMQImpl.Queue.Declare declare when declare.getPassive() && channels.contains(channel) ->
          declare(channel, declare);
      default -> refuse(AMQP.NOT_IMPLEMENTED, "NOT_IMPLEMENTED - passive declare only", method);
    }
  }

  private void authenticate(AMQImpl.Connection.StartOk startOk) throws IOException {
    if (startOk.getMechanism().equals("PLAIN")
        && credentials.accept(startOk.getResponse().toString())) {
      isAuthenticated = true;
      socket.setSoTimeout(0);
      send(0, new AMQImpl.Connection.Tune(MAX_CHANNELS, MAX_FRAME_BYTES, HEARTBEAT_SECONDS));
    } else {
      refuse(AMQP.ACCESS_REFUSED, "ACCESS_REFUSED - Login was refused", startOk);
    }
  }

  /** A client that is silent for two heartbeats is gone; it thinks the same of us. */
  private void beat(int seconds) throws IOException {
    if (seconds > 0 && heartbeats == null) {
      Duration interval = Duration.ofSeconds(seconds);
      socket.setSoTimeout((int) interval.multipliedBy(2).toMillis());
      var task = new PeriodicTask("amqp-heartbeat", interval.dividedBy(2), this::sendHeartbeat);
      heartbeats = task;
      task.start();
    }
  }

  private void sendHeartbeat() {
    try {
      write(new Frame(AMQP.FRAME_HEARTBEAT, 0));
    } catch (IOException e) {
      // The reading side meets the same end and acts on it.
    }
  }

  private void declare(int channel, AMQImpl.Queue.Declare declare) throws IOException {
    Optional<QueueDepth> depth = queues.apply(declare.getQueue());
    if (depth.isPresent()) {
      send(
          channel,
          new AMQImpl.Queue.DeclareOk(
              declare.getQueue(), depth.get().ready(), depth.get().consumers()));
    } else {
      send(
          channel,
          new AMQImpl.Channel.Close(
              AMQP.NOT_FOUND,
              "NOT_FOUND - no queue '" + declare.getQueue() + "' in vhost '" + VHOST + "'",
              declare.protocolClassId(),
              declare.protocolMethodId()));
    }
  }

  private void refuse(int code, String text, Method method) throws IOException {
    send(
        0,
        new AMQImpl.Connection.Close(
            code, text, method.protocolClassId(), method.protocolMethodId()));
  }

  private void send(int channel, Method method) throws IOException {
    write(method.toFrame(channel));
  }

  private synchronized void write(Frame frame) throws IOException {
    frame.writeTo(out);
    out.flush();
  }
}
