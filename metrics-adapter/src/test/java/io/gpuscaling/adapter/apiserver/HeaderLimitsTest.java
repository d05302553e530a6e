package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Headers and targets as long as allowed and longer, byte for byte over TLS. */
@Timeout(60)
class HeaderLimitsTest {

  private static final int KIB = 1024;
  private static final String AUTHORIZATION = "Authorization: Bearer hpa-token\r\n";
  private static final String PATH = "/apis/custom.metrics.k8s.io/v1beta2/nodes/*/some-metric";

  /** Frames are at most this long unless settings say otherwise. */
  private static final int MAX_FRAME = 16 * KIB;

  /** Pieces of a target: more than buffers can take. */
  private static final int FAR_TOO_MANY = 10_000;

  @TempDir private static Path folder;
  private static ServerFixture fixture;

  @BeforeAll
  static void start() throws Exception {
    fixture = new ServerFixture(folder);
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 64, 200",
    "1, 127, 200",
    "64, 1, 200",
    "120, 1, 200",
    "1, 129, 431",
    "200, 1, 431"
  })
  void headers_ofManyLinesOrLongOnes_areTakenUpToTheLimit(int lines, int kibibytes, int code)
      throws Exception {
    var headers = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      headers.append("X-Long-").append(i).append(": ");
      headers.append("v".repeat(kibibytes * KIB - 20)).append("\r\n");
    }
    try (RawConnection connection = RawConnection.http1(fixture)) {
      connection.send(
          "GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
              + AUTHORIZATION
              + headers
              + "\r\n");

      assertThat(connection.receiveAll()).startsWith("HTTP/1.1 " + code);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 64, 200", "1, 120, 200", "60, 1, 200", "1, 130, 431", "140, 1, 431"})
  void http2Headers_ofManyLinesOrLongOnes_areTakenUpToTheLimit(int lines, int kibibytes, int code)
      throws Exception {
    String[] headers = new String[2 + 2 * lines];
    headers[0] = "authorization";
    headers[1] = "Bearer hpa-token";
    for (int i = 1; i <= lines; i++) {
      headers[2 * i] = "x-long-" + i;
      headers[2 * i + 1] = "v".repeat(kibibytes * KIB - 60);
    }
    try (RawConnection connection = RawConnection.http2(fixture)) {
      sendBlock(connection, connection.block("GET", "/version", headers));

      assertThat(connection.status(connection.await(RawConnection.HEADERS))).isEqualTo(code);
    }
  }

  /** A few bytes that stand for many: a long header once, and then by its index. */
  @Test
  void http2Headers_smallOnTheWireAndHugeUnpacked_areRefused() throws Exception {
    var block = new ByteArrayOutputStream();
    block.write(new byte[] {(byte) 0x82, (byte) 0x87, (byte) 0x84}); // GET https /
    block.write(0x40); // with incremental indexing, new name
    block.write(1);
    block.write('x');
    block.write(0x7f); // 127 + 3873 = 4000 bytes
    block.write(0xa1);
    block.write(0x1e);
    block.write("v".repeat(4000).getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < 10_000; i++) {
      block.write(0xbe); // the newest of the dynamic table
    }
    try (RawConnection connection = RawConnection.http2(fixture)) {
      sendBlock(connection, block.toByteArray());

      assertThat(connection.status(connection.await(RawConnection.HEADERS))).isEqualTo(431);
    }
    assertServes();
  }

  @Test
  void http2Headers_farBeyondTheLimit_endTheConnection() throws Exception {
    String[] headers = new String[1000];
    for (int i = 0; i < headers.length; i += 2) {
      headers[i] = "x-long-" + i;
      headers[i + 1] = "v".repeat(KIB);
    }
    try (RawConnection connection = RawConnection.http2(fixture)) {
      try {
        sendBlock(connection, connection.block("GET", "/version", headers));
      } catch (SocketException e) {
        // ended before all was sent
      }

      assertThat(connection.awaitEnd())
          .filteredOn(frame -> frame.type() == RawConnection.HEADERS)
          .isEmpty();
    }
    assertServes();
  }

  private static void sendBlock(RawConnection connection, byte[] block) throws Exception {
    for (int at = 0; at < block.length; at += MAX_FRAME) {
      int end = Math.min(block.length, at + MAX_FRAME);
      int flags =
          (end == block.length ? RawConnection.END_HEADERS : 0)
              | (at == 0 ? RawConnection.END_STREAM : 0);
      connection.frame(
          at == 0 ? RawConnection.HEADERS : RawConnection.CONTINUATION,
          flags,
          1,
          Arrays.copyOfRange(block, at, end));
    }
    connection.flush();
  }

  @ParameterizedTest
  @CsvSource({"15000, 200", "17000, 400", "65000, 400", "65800, 400", "70000, 414"})
  void target_long_isTakenUpToTheLimitOfASelector(int length, int code) throws Exception {
    String padded = "a%2C".repeat(100) + "a" + "+".repeat(length - PATH.length() - 16 - 401);
    try (RawConnection connection = RawConnection.http1(fixture)) {
      connection.send(
          "GET "
              + PATH
              + "?labelSelector="
              + padded
              + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
              + AUTHORIZATION
              + "\r\n");

      assertThat(connection.receiveAll()).startsWith("HTTP/1.1 " + code);
    }
    assertServes();
  }

  @Test
  void target_farTooLong_isEndedBeforeAllOfItHasCome() throws Exception {
    try (RawConnection connection = RawConnection.http1(fixture)) {
      connection.send("GET " + PATH + "?labelSelector=");
      // Whether the answer is read, which comes while we write, is up to the network.
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> {
            for (int sent = 0; sent < FAR_TOO_MANY; sent++) {
              connection.send("a".repeat(MAX_FRAME));
            }
          });
    }
    assertServes();
  }

  private static void assertServes() throws Exception {
    try (RawConnection connection = RawConnection.http1(fixture)) {
      connection.send("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(connection.receiveAll()).startsWith("HTTP/1.1 200 OK");
    }
  }
}
