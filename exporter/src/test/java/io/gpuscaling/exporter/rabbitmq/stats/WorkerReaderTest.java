package io.gpuscaling.exporter.rabbitmq.stats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a broker is asked which worker has which messages, and what its faults come to. */
@Timeout(60)
class WorkerReaderTest {

  private static final String CHANNELS = "[{\"name\": \"c1\", \"messages_unacknowledged\": 1}]";
  private static final String CONSUMERS =
      """
      [{"queue": {"vhost": "/", "name": "gpu"}, "prefetch_count": 1, "ack_required": true,
        "channel_details": {"name": "c1", "connection_name": "a", "peer_host": "10.0.0.1"}}]
      """;
  private static final String CONNECTIONS =
      """
      [{"name": "a", "peer_host": "10.0.0.1", "connected_at": 1700000000999,
        "client_properties": {"gpuscaling.pod": "team/w-0"}}]
      """;

  private final FakeBrokerHttp broker;
  private final BrokerHttp http = new BrokerHttp(null, Duration.ofSeconds(10));
  private final AtomicLong nanos = new AtomicLong(1_000);
  private final List<String> told = new ArrayList<>();

  WorkerReaderTest() throws IOException {
    broker = new FakeBrokerHttp();
    put("/api/channels", CHANNELS);
    put("/api/consumers", CONSUMERS);
    put("/api/connections", CONNECTIONS);
  }

  @AfterEach
  void close() {
    http.close();
    broker.close();
  }

  private void put(String path, String body) {
    broker.put(path, 200, body.getBytes(UTF_8));
  }

  private WorkerReader reader(URI url, ManagementReader.Authorization authorization) {
    return new WorkerReader(
        url,
        http,
        authorization,
        new QueueId("/", "gpu")::equals,
        (what, outcome, detail) -> told.add(what + " " + outcome + ": " + detail),
        nanos::get);
  }

  private WorkerReader reader() {
    return reader(broker.url(), () -> "Basic x");
  }

  private static List<String> workers(WorkerReader reader) {
    return reader.view().workers().stream().map(it -> it.worker().toString()).toList();
  }

  @Test
  void read_asksForChannelsFirst_withTheCredential() {
    WorkerReader reader = reader(URI.create(broker.url() + "/"), () -> "Basic x");
    reader.read();

    assertThat(workers(reader)).containsExactly("team/w-0");
    assertThat(broker.asked)
        .extracting(it -> it.replaceAll("\\?.*", ""))
        .containsExactly("/api/channels", "/api/consumers", "/api/connections");
    assertThat(broker.authorizations).containsOnly("Basic x");
    assertThat(told).containsExactly("workers ok: ");
  }

  @Test
  void whatIsOld_orForgotten_isUnknown() {
    WorkerReader reader = reader();
    reader.read();
    nanos.addAndGet(WorkerReader.LONGEST_AGE.toNanos());
    assertThat(workers(reader)).hasSize(1);
    nanos.incrementAndGet();
    assertThat(workers(reader)).isEmpty();

    reader.read();
    assertThat(workers(reader)).hasSize(1);
    reader.forget();
    assertThat(workers(reader)).isEmpty();
    reader.read();
    assertThat(workers(reader)).hasSize(1);
  }

  @Test
  void slowAnswers_areFollowedByAPause() {
    var slow = new AtomicLong(Duration.ofMillis(100).toNanos());
    WorkerReader reader =
        reader(
            broker.url(),
            () -> {
              nanos.addAndGet(slow.get());
              return "Basic x";
            });
    reader.read();
    reader.read();
    assertThat(told).hasSize(1);

    nanos.addAndGet(Duration.ofMillis(900).toNanos());
    reader.read();
    assertThat(told).hasSize(2);
  }

  @Test
  void eachListThatCannotBeHad_isTold_andWhatWasKnownAgesOnly() {
    WorkerReader reader = reader();
    reader.read();
    for (String path : List.of("/api/channels", "/api/consumers", "/api/connections")) {
      told.clear();
      broker.put(path, 500, "-".getBytes(UTF_8));
      reader.forget();
      reader.read();
      assertThat(told).singleElement().asString().startsWith("workers failed: ");
      assertThat(workers(reader)).isEmpty();
      put(
          path,
          path.endsWith("channels")
              ? CHANNELS
              : path.endsWith("consumers") ? CONSUMERS : CONNECTIONS);
    }
  }

  @Test
  void whatIsNoList_isRefused() {
    put("/api/consumers", "{\"error\": \"not_authorised\"}");
    WorkerReader reader = reader();
    reader.read();

    assertThat(told).singleElement().asString().startsWith("workers refused: ");
    assertThat(workers(reader)).isEmpty();
  }

  @Test
  void passwordFileThatIsGone_isTold_andNobodyIsAsked() {
    WorkerReader reader =
        reader(
            broker.url(),
            () -> {
              throw new IOException("no file");
            });
    reader.read();

    assertThat(told).containsExactly("workers failed: the password file cannot be read");
    assertThat(broker.asked).isEmpty();
  }
}
