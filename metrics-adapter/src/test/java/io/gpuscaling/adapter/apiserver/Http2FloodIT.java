package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Frames that cost the server more than the client: each flood ends its own connection, soon, while
 * another connection is served.
 */
@Timeout(60)
class Http2FloodIT {

  private static final String[] TOKEN = {"authorization", "Bearer hpa-token"};
  private static final int ENHANCE_YOUR_CALM = 0xb;
  private static final byte[] CANCEL = {0, 0, 0, 8};
  private static final byte[] ZERO = {0, 0, 0, 0};

  /** More than any limit allows. */
  private static final int MANY = 20_000;

  /** Far more frames than the kernel can buffer answers to, however much memory it takes. */
  private static final int UNREAD = 40_000_000;

  @TempDir private static Path folder;
  private static ServerFixture fixture;
  private static HttpClient other;

  @BeforeAll
  static void start() throws Exception {
    fixture = new ServerFixture(folder);
    other = fixture.client(HttpClient.Version.HTTP_2, null);
  }

  @AfterAll
  static void stop() {
    other.close();
    fixture.close();
  }

  @AfterEach
  void othersAreServed() throws Exception {
    assertThat(fixture.get(other, "/version", TOKEN).statusCode()).isEqualTo(200);
    await()
        .atMost(ServerFixture.TIMEOUT)
        .untilAsserted(() -> {
          assertThat(fixture.server.openConnections()).isEqualTo(1);
          assertThat(fixture.server.inFlightRequests()).isZero();
        });
  }

  /** What is written of a flood, until the server has enough. */
  private interface Drop {
    void fall(int stream) throws Exception;
  }

  private static int flood(RawConnection connection, Drop drop) throws Exception {
    for (int i = 0; i < MANY; i++) {
      try {
        drop.fall(1 + 2 * i);
      } catch (IOException e) {
        return i; // closed, or the server's end of it
      }
    }
    try {
      connection.flush();
    } catch (IOException e) {
      return MANY;
    }
    return MANY;
  }

  private static void assertCalmed(RawConnection connection) throws Exception {
    List<RawConnection.Frame> frames = connection.awaitEnd();
    assertThat(frames)
        .filteredOn(frame -> frame.type() == RawConnection.GOAWAY)
        .allSatisfy(goAway -> assertThat(goAway.errorCode()).isEqualTo(ENHANCE_YOUR_CALM));
  }

  @Test
  void rapidReset_ofRequests_endsTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      int count =
          flood(
              connection,
              stream -> {
                connection.get(stream, "/version", TOKEN);
                connection.frame(RawConnection.RST_STREAM, 0, stream, CANCEL);
              });

      assertCalmed(connection);
      assertThat(count).isGreaterThanOrEqualTo(0);
    }
  }

  @Test
  void rapidReset_withinTheLimit_isTolerated() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      int last = 1;
      for (int i = 0; i < ApiServerLimits.MAX_RESETS / 2; i++, last += 2) {
        connection.get(last, "/version", TOKEN);
        connection.frame(RawConnection.RST_STREAM, 0, last, CANCEL);
      }
      connection.get(last, "/version", TOKEN);
      connection.flush();

      RawConnection.Frame headers = connection.await(RawConnection.HEADERS);
      while (headers.stream() != last) {
        connection.status(headers);
        headers = connection.await(RawConnection.HEADERS);
      }
      assertThat(connection.status(headers)).isEqualTo(200);
    }
  }

  /** MadeYouReset (CVE-2025-55163): the server is made to reset what it serves. */
  @Test
  void madeYouReset_byWindowUpdateOfZero_endsTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      flood(
          connection,
          stream -> {
            connection.get(stream, "/version", "authorization", "Bearer hanging" + stream);
            connection.frame(RawConnection.WINDOW_UPDATE, 0, stream, ZERO);
          });

      connection.awaitEnd();
    }
  }

  @Test
  void madeYouReset_byWindowOverflow_endsTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      byte[] most = {0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff};
      flood(
          connection,
          stream -> {
            connection.frame(
                RawConnection.HEADERS,
                RawConnection.END_HEADERS,
                stream,
                connection.block("GET", "/version", TOKEN));
            connection.frame(RawConnection.WINDOW_UPDATE, 0, stream, most);
            connection.frame(RawConnection.WINDOW_UPDATE, 0, stream, most);
          });

      connection.awaitEnd();
    }
  }

  @Test
  void madeYouReset_byMalformedRequests_endsTheConnection() throws Exception {
    List<String[]> malformed =
        List.of(
            new String[] {"connection", "close"},
            new String[] {"transfer-encoding", "chunked"},
            new String[] {"te", "gzip"},
            new String[] {"X-Upper", "case"},
            new String[] {":status", "200"},
            new String[] {":path", "/second"},
            new String[] {"x", "a\nb"});
    for (String[] header : malformed) {
      try (RawConnection connection = RawConnection.http2(fixture)) {
        flood(
            connection,
            stream ->
                connection.frame(
                    RawConnection.HEADERS,
                    RawConnection.END_HEADERS,
                    stream,
                    connection.block("GET", "/version", header)));

        assertThat(connection.awaitEnd())
            .as("%s", List.of(header))
            .filteredOn(frame -> frame.type() == RawConnection.HEADERS)
            .hasSizeLessThanOrEqualTo(1);
      }
    }
  }

  @Test
  void madeYouReset_byDataAfterTheEnd_endsTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      flood(
          connection,
          stream -> {
            connection.get(stream, "/version", TOKEN);
            connection.frame(RawConnection.DATA, 0, stream, new byte[1]);
          });

      connection.awaitEnd();
    }
  }

  @Test
  void madeYouReset_byPriorityOnItself_endsTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      flood(
          connection,
          stream -> {
            connection.get(stream, "/version", TOKEN);
            connection.frame(
                RawConnection.PRIORITY,
                0,
                stream,
                new byte[] {0, 0, (byte) (stream >> 8), (byte) stream, 1});
          });

      connection.awaitEnd();
    }
  }

  @Test
  void tooManyStreams_areRefusedAndTheLimitHolds() throws Exception {
    int count = ApiServerLimits.MAX_STREAMS + 50;
    try (RawConnection connection = RawConnection.http2(fixture)) {
      for (int i = 0; i < count; i++) {
        connection.frame(
            RawConnection.HEADERS,
            RawConnection.END_HEADERS,
            1 + 2 * i,
            connection.block("GET", "/version", TOKEN));
      }
      connection.flush();

      for (int i = ApiServerLimits.MAX_STREAMS; i < count; i++) {
        RawConnection.Frame reset = connection.await(RawConnection.RST_STREAM);
        assertThat(reset.stream()).isEqualTo(1 + 2 * i);
        assertThat(reset.errorCode()).as("REFUSED_STREAM").isEqualTo(7);
      }
    }
  }

  @Test
  void continuations_withoutEnd_endTheConnection() throws Exception {
    for (int size : new int[] {0, 1, 16_000}) {
      try (RawConnection connection = RawConnection.http2(fixture)) {
        connection.frame(RawConnection.HEADERS, 0, 1, connection.block("GET", "/version"));
        byte[] more = new byte[size];
        for (int i = 0; i < size; i++) {
          more[i] = (byte) 0x82; // ":method: GET" once more
        }
        flood(connection, _ -> connection.frame(RawConnection.CONTINUATION, 0, 1, more));

        connection.awaitEnd();
      }
    }
  }

  @Test
  void pings_whoseAnswersNobodyReads_endTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      int sent = 0;
      // Until the socket's buffers are full of answers and the server's queue is as well.
      while (sent < UNREAD && isWritten(connection, RawConnection.PING, new byte[8])) {
        sent++;
      }

      assertThat(sent).as("pings").isLessThan(UNREAD);
    }
  }

  @Test
  void settings_whoseAnswersNobodyReads_endTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      int sent = 0;
      while (sent < UNREAD && isWritten(connection, RawConnection.SETTINGS, new byte[0])) {
        sent++;
      }

      assertThat(sent).as("settings").isLessThan(UNREAD);
    }
  }

  private static boolean isWritten(RawConnection connection, int type, byte[] payload) {
    try {
      connection.frame(type, 0, 0, payload);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void emptyData_withoutEnd_endsTheConnection() throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      connection.frame(
          RawConnection.HEADERS,
          RawConnection.END_HEADERS,
          1,
          connection.block("POST", "/version", TOKEN));
      flood(connection, _ -> connection.frame(RawConnection.DATA, 0, 1, new byte[0]));

      assertCalmed(connection);
    }
  }

  @Test
  void frames_thatBreakTheProtocol_endTheConnection() throws Exception {
    List<Breach> breaches =
        List.of(
            // A push is for servers; a stream of zero is none; a client's streams are odd.
            c -> c.frame(RawConnection.PUSH_PROMISE, 4, 1, new byte[4]),
            c -> c.frame(RawConnection.HEADERS, 5, 0, c.block("GET", "/version")),
            c -> c.frame(RawConnection.HEADERS, 5, 2, c.block("GET", "/version")),
            c -> c.frame(RawConnection.DATA, 0, 0, new byte[1]),
            c -> c.frame(RawConnection.CONTINUATION, 4, 1, new byte[1]),
            c -> c.frame(RawConnection.SETTINGS, 0, 0, new byte[5]),
            c -> c.frame(RawConnection.PING, 0, 0, new byte[7]),
            c -> c.frame(RawConnection.WINDOW_UPDATE, 0, 0, ZERO),
            c -> c.frame(RawConnection.GOAWAY, 0, 1, new byte[8]),
            c -> c.frame(RawConnection.PING, 0, 0, new byte[70_000]),
            c -> c.frame(RawConnection.HEADERS, 5, 1, new byte[] {(byte) 0xff, 0x7f, 1}));
    for (Breach breach : breaches) {
      try (RawConnection connection = RawConnection.http2(fixture)) {
        try {
          breach.of(connection);
          connection.flush();
        } catch (SocketException _) {
          // The server had enough before the end of it was written; what it said is to be read.
        }

        assertThat(connection.awaitEnd())
            .anySatisfy(frame -> assertThat(frame.type()).isEqualTo(RawConnection.GOAWAY));
      }
    }
  }

  /** What no client may do. */
  private interface Breach {
    void of(RawConnection connection) throws Exception;
  }
}
