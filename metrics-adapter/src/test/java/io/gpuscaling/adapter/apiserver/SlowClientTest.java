package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that keep the server waiting, over TLS, with deadlines made short. */
@Timeout(60)
class SlowClientTest {

  private static final Duration HANDSHAKE = Duration.ofMillis(700);
  private static final Duration ARRIVAL = Duration.ofMillis(700);
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final int DRIP_MILLIS = 20;

  @TempDir private static Path folder;
  private static ServerFixture fixture;
  private final ScheduledExecutorService dripper = Executors.newSingleThreadScheduledExecutor();

  @BeforeAll
  static void start() throws Exception {
    fixture = new ServerFixture(folder, new ConnectionDeadlines(HANDSHAKE, ARRIVAL, IDLE));
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @AfterEach
  void stopDripping() {
    dripper.shutdownNow();
  }

  @Test
  void http1Headers_dripped_closeTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http1(fixture)) {
      connection.send("GET /livez HTTP/1.1\r\nHost: x\r\n");
      drip(() -> connection.send("X-Slow: 1\r\n"));

      assertThat(connection.receiveAll()).isEmpty();
    }
    assertServes();
  }

  @Test
  void http1Body_dripped_closesTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http1(fixture)) {
      connection.send("POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
      drip(() -> connection.send("x"));

      assertThat(connection.receiveAll()).isEmpty();
    }
    assertServes();
  }

  @Test
  void http2Frame_dripped_closesTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      connection.frameHeader(RawConnection.HEADERS, RawConnection.END_HEADERS, 1, 10_000);
      drip(() -> connection.send("x"));

      connection.awaitEnd();
    }
    assertServes();
  }

  @Test
  void http2Headers_neverEnded_closeTheConnectionThoughItPings() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      connection.frame(RawConnection.HEADERS, 0, 1, connection.block("GET", "/livez"));
      connection.flush();

      connection.awaitEnd();
    }
    assertServes();
  }

  @Test
  void http2Body_neverEnded_resetsItsStreamOnly() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      String[] token = {"authorization", "Bearer hpa-token"};
      connection.frame(
          RawConnection.HEADERS,
          RawConnection.END_HEADERS,
          1,
          connection.block("GET", "/version", token));
      connection.flush();
      assertThat(connection.await(RawConnection.RST_STREAM).stream()).isEqualTo(1);

      connection.get(3, "/version", token);
      connection.flush();
      assertThat(connection.status(connection.await(RawConnection.HEADERS))).isEqualTo(200);
    }
  }

  @Test
  void handshake_neverBegun_closesTheConnection() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), fixture.port)) {
      socket.setSoTimeout((int) ServerFixture.TIMEOUT.toMillis());

      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void handshake_dripped_closesTheConnection() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), fixture.port)) {
      socket.setSoTimeout((int) ServerFixture.TIMEOUT.toMillis());
      var out = socket.getOutputStream();
      // A ClientHello of 16,000 bytes.
      out.write(new byte[] {0x16, 0x03, 0x01, 0x3e, (byte) 0x80});
      drip(() -> out.write(1));

      int last = 0;
      try {
        while (last >= 0) {
          last = socket.getInputStream().read();
        }
      } catch (SocketException e) {
        last = -1; // reset, which is an end as well
      }
      assertThat(last).isEqualTo(-1);
    }
  }

  @Test
  void reader_thatReadsNothing_holdsNoMoreThanItsConnection() throws Exception {
    try (RawConnection connection = RawConnection.http1(fixture)) {
      String request =
          "GET /openapi/v3 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hpa-token\r\n\r\n";
      for (int i = 0; i < 20; i++) {
        connection.send(request);
      }
      assertServes();
    }
    await()
        .atMost(ServerFixture.TIMEOUT)
        .untilAsserted(() -> assertThat(fixture.server.inFlightRequests()).isZero());
  }

  /** Sends a little again and again, until the connection is gone. */
  private void drip(Drop drop) {
    var _ =
        dripper.scheduleAtFixedRate(
            () -> {
              try {
                drop.fall();
              } catch (IOException e) {
                throw new IllegalStateException("closed", e); // ends the schedule
              }
            },
            DRIP_MILLIS,
            DRIP_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  private interface Drop {
    void fall() throws IOException;
  }

  private static void assertServes() throws Exception {
    try (RawConnection connection = RawConnection.http1(fixture)) {
      connection.send("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(connection.receiveAll()).startsWith("HTTP/1.1 200 OK").endsWith("ok");
    }
  }
}
