package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Connections of API servers live for days unless they are asked to go. */
class ConnectionAgeTest {

  private static final Duration AGE = ApiServerLimits.MAX_CONNECTION_AGE;

  /** A connection that notes that it was asked to go. */
  private static final class Connection {
    boolean isAskedToGo;
    final EmbeddedChannel channel =
        new EmbeddedChannel(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                isAskedToGo |= event == Drain.NOW;
              }
            });

    Connection() {
      channel.freezeTime();
      ConnectionInitializer.limitAge(channel);
    }

    boolean isAskedToGoAt(double ages) {
      long target = (long) (AGE.toMillis() * ages);
      channel.advanceTimeBy(target - elapsedMillis, TimeUnit.MILLISECONDS);
      elapsedMillis = target;
      channel.runScheduledPendingTasks();
      return isAskedToGo;
    }

    private long elapsedMillis;
  }

  @Test
  void connections_areAskedToGoAtTheirAge_andNotAllAtOnce() {
    List<Connection> connections = Stream.generate(Connection::new).limit(100).toList();

    assertThat(connections).noneMatch(it -> it.isAskedToGoAt(0.89));
    long early = connections.stream().filter(it -> it.isAskedToGoAt(1)).count();
    assertThat(early).isBetween(10L, 90L);
    assertThat(connections).allMatch(it -> it.isAskedToGoAt(1.11));
  }

  @Test
  void connectionThatIsClosed_isForgotten() {
    var connection = new Connection();
    var _ = connection.channel.close();

    assertThat(connection.isAskedToGoAt(2)).isFalse();
  }
}
