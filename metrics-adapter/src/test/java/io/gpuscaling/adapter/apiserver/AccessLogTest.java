package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class AccessLogTest {

  @TempDir private Path folder;
  private final Logger logger = (Logger) LoggerFactory.getLogger(AccessLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private ServerFixture fixture;

  @BeforeEach
  void start() throws Exception {
    fixture = new ServerFixture(folder);
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.setLevel(null);
    logger.detachAppender(lines);
    fixture.close();
  }

  private Map<String, String> only() {
    await().atMost(ServerFixture.TIMEOUT).until(() -> lines.list.size() == 1);
    return lines.list.getFirst().getKeyValuePairs().stream()
        .collect(Collectors.toMap(pair -> pair.key, pair -> String.valueOf(pair.value)));
  }

  @Test
  void request_atLevelDebug_isOneLineInAuditStyleWithoutSecrets() throws Exception {
    logger.setLevel(Level.DEBUG);
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_2, null)) {
      var _ =
          fixture.get(
              client,
              "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/my-external-metric?access_token=t0p",
              "Authorization",
              "Bearer hpa-token",
              "User-Agent",
              "x".repeat(1_000),
              "Audit-ID",
              "5e1f-audit");

      assertThat(only())
          .containsEntry("stage", "ResponseComplete")
          .containsEntry("auditId", "5e1f-audit")
          .containsEntry("verb", "list")
          .containsEntry("method", "GET")
          .containsEntry(
              "path", "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/my-external-metric")
          .containsEntry("group", "external.metrics.k8s.io")
          .containsEntry("user", "hpa")
          .containsEntry("peer", "127.0.0.1")
          .containsEntry("code", "200")
          .hasEntrySatisfying("userAgent", agent -> assertThat(agent).hasSizeLessThan(300))
          .allSatisfy((_, value) -> assertThat(value).doesNotContain("hpa-token", "t0p"));
    }
  }

  @Test
  void request_withAnOddAuditId_getsOneOfOurs() throws Exception {
    logger.setLevel(Level.DEBUG);
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_1_1, null)) {
      var _ = fixture.get(client, "/livez", "Audit-ID", "a b=c");

      assertThat(only().get("auditId")).matches("[0-9a-f-]{36}");
    }
  }

  @Test
  void request_atLevelInfo_isNotWritten() throws Exception {
    logger.setLevel(Level.INFO);
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_1_1, null)) {
      assertThat(fixture.get(client, "/livez").statusCode()).isEqualTo(200);

      assertThat(lines.list).isEmpty();
    }
  }
}
