package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More connections than the server takes, from one address and from many. */
@Timeout(120)
class ConnectionFloodIT {

  private static final int MANY = 10_000;
  private static final int ADDRESSES = 10;
  private static final Duration FLOOD_TIMEOUT = Duration.ofSeconds(60);

  @TempDir private static Path folder;
  private static ServerFixture fixture;
  private final List<SocketChannel> flood = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    // As patient as in production, so that nobody is let go while the limits are looked at.
    fixture = new ServerFixture(folder);
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @AfterEach
  void closeAll() throws IOException {
    for (SocketChannel channel : flood) {
      channel.close();
    }
    await()
        .atMost(FLOOD_TIMEOUT)
        .untilAsserted(() -> assertThat(fixture.server.openConnections()).isZero());
  }

  @Test
  void tenThousand_fromOneAddress_getItsShareAndOthersAreServed() throws Exception {
    try (HttpClient before = fixture.client(HttpClient.Version.HTTP_2, null);
        HttpClient after = fixture.client(HttpClient.Version.HTTP_2, null)) {
      assertServes(before);

      for (int i = 0; i < MANY; i++) {
        connect(2);
        assertThat(fixture.server.openConnections())
            .isLessThanOrEqualTo(ApiServerLimits.MAX_CONNECTIONS_PER_ADDRESS + 1);
        if (i % 1000 == 0) {
          assertServes(before);
        }
      }

      assertServes(before);
      assertServes(after);
    }
    assertThat(stillOpen()).isEqualTo(ApiServerLimits.MAX_CONNECTIONS_PER_ADDRESS);
  }

  @Test
  void tenThousand_fromManyAddresses_getTheLimitAndWhoWasThereIsServed() throws Exception {
    try (HttpClient before = fixture.client(HttpClient.Version.HTTP_2, null)) {
      assertServes(before);

      for (int i = 0; i < MANY; i++) {
        connect(2 + i % ADDRESSES);
      }

      assertServes(before);
      // The last that were refused may not be gone yet.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> {
            assertThat(fixture.server.openConnections())
                .isLessThanOrEqualTo(ApiServerLimits.MAX_CONNECTIONS);
            assertThat(stillOpen()).isLessThan(ApiServerLimits.MAX_CONNECTIONS);
          });
    }
    for (SocketChannel channel : flood) {
      channel.close();
    }
    try (HttpClient after = fixture.client(HttpClient.Version.HTTP_2, null)) {
      await()
          .atMost(FLOOD_TIMEOUT)
          .ignoreExceptionsInstanceOf(IOException.class)
          .untilAsserted(() -> assertServes(after));
    }
  }

  /** From 127.0.0.HOST, without a handshake. */
  private void connect(int host) throws IOException {
    SocketChannel channel = SocketChannel.open();
    flood.add(channel);
    channel.bind(
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host}), 0));
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), fixture.port));
    channel.configureBlocking(false);
  }

  /** Those that the server has not closed; one that it has is at its end. */
  private long stillOpen() {
    ByteBuffer nothing = ByteBuffer.allocate(1);
    return flood.stream()
        .filter(channel -> {
          try {
            return channel.read(nothing) == 0;
          } catch (IOException e) {
            return false; // reset
          }
        })
        .count();
  }

  private static void assertServes(HttpClient client) throws Exception {
    assertThat(fixture.get(client, "/version", "Authorization", "Bearer hpa-token").statusCode())
        .isEqualTo(200);
  }
}
