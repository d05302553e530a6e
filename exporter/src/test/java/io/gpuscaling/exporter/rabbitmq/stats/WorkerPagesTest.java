package io.gpuscaling.exporter.rabbitmq.stats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class WorkerPagesTest {

  private final WorkerPages pages =
      new WorkerPages(new ManagementJson(), queue -> queue.queue().startsWith("gpu."));

  private static String channel(String name, String unacked) {
    return "{\"name\": \"%s\", \"messages_unacknowledged\": %s}".formatted(name, unacked);
  }

  private static String consumer(
      String channel, String connection, String queue, int prefetch, boolean acknowledges) {
    return """
    {"queue": {"vhost": "/", "name": "%s"}, "prefetch_count": %d, "ack_required": %s,
     "channel_details": {"name": "%s", "connection_name": "%s", "peer_host": "10.0.0.1"}}
    """
        .formatted(queue, prefetch, acknowledges, channel, connection);
  }

  private static String connection(String name, String host, String properties) {
    return """
    {"name": "%s", "peer_host": "%s", "connected_at": 1700000000999, "client_properties": %s}
    """
        .formatted(name, host, properties);
  }

  private List<String> read(List<String> channels, List<String> consumers, String... connections) {
    return pages
        .read(list(channels), list(consumers), list(List.of(connections)))
        .orElseThrow()
        .stream()
        .map(it ->
            it.worker() + "=" + it.messages().value() + " " + it.messages().exactness().name())
        .toList();
  }

  private static byte[] list(List<String> items) {
    return ("[" + String.join(",", items) + "]").getBytes(UTF_8);
  }

  @Test
  void worker_isWhoTheConnectionSays_elseWhereItComesFrom() {
    List<String> channels =
        List.of(channel("a1", "1"), channel("a2", "0"), channel("b1", "1"), channel("c1", "0"));
    List<String> consumers =
        List.of(
            consumer("a1", "a", "gpu.x", 1, true),
            consumer("a2", "a", "gpu.x", 1, true),
            consumer("b1", "b", "gpu.x", 1, true),
            consumer("c1", "c", "gpu.x", 1, true));

    assertThat(
            read(
                channels,
                consumers,
                connection("a", "10.0.0.1", "{\"gpuscaling.pod\": \"team/w-0\"}"),
                connection("b", "10.0.0.2", "{\"connection_name\": \"team/w-1@gpu-node\"}"),
                connection("c", "10.0.0.3", "{\"connection_name\": \"Some Worker\"}"),
                connection("d", "10.0.0.4", "{}")))
        .containsExactly("10.0.0.3=0.0 EXACT", "team/w-0=1.0 EXACT", "team/w-1=1.0 EXACT");
  }

  @Test
  void workerThatNamesNoPod_mayNameItsNode() {
    List<String> channels =
        List.of(channel("a1", "1"), channel("b1", "2"), channel("c1", "0"), channel("d1", "0"));
    List<String> consumers =
        List.of(
            consumer("a1", "a", "gpu.x", 1, true),
            consumer("b1", "b", "gpu.x", 5, true),
            consumer("c1", "c", "gpu.x", 1, true),
            consumer("d1", "d", "gpu.x", 1, true));

    assertThat(
            read(
                channels,
                consumers,
                connection("a", "10.0.0.1", "{\"gpuscaling.node\": \"gpu-1.example\"}"),
                connection("b", "10.0.0.1", "{\"connection_name\": \"@gpu-2\"}"),
                connection(
                    "c",
                    "10.0.0.1",
                    "{\"gpuscaling.node\": \"gpu-1\", \"connection_name\": \"team/w-0@gpu-1\"}"),
                connection(
                    "d",
                    "10.0.0.4",
                    "{\"gpuscaling.node\": \"No node\", \"connection_name\": \"me@gpu-1\"}")))
        .containsExactly(
            "10.0.0.4=0.0 EXACT",
            "10.0.0.1@gpu-1.example=1.0 EXACT",
            "10.0.0.1@gpu-2=2.0 UPPER_BOUND",
            "team/w-0=0.0 EXACT");
  }

  @Test
  void exactness_saysWhatPrefetchOtherQueuesAndMissingAcknowledgementsDo() {
    List<String> channels =
        List.of(
            channel("a1", "4"),
            channel("b1", "1"),
            channel("c1", "1"),
            channel("d1", "0"),
            channel("e1", "7"),
            channel("f1", "9"));
    List<String> consumers =
        List.of(
            consumer("a1", "a", "gpu.x", 10, true),
            // One of many at most: it runs.
            consumer("b1", "b", "gpu.x", 0, true),
            consumer("c1", "c", "gpu.x", 1, true),
            consumer("c1", "c", "mail", 1, true),
            consumer("d1", "d", "gpu.x", 1, false),
            consumer("e1", "e", "gpu.x", 5, true),
            consumer("e1", "e", "gpu.y", 5, false),
            consumer("f1", "f", "mail", 1, true));

    assertThat(
            read(
                channels,
                consumers,
                connection("a", "10.0.0.1", "{}"),
                connection("b", "10.0.0.2", "{}"),
                connection("c", "10.0.0.3", "{}"),
                connection("d", "10.0.0.4", "{}"),
                connection("e", "10.0.0.5", "{}"),
                connection("f", "10.0.0.6", "{}")))
        .containsExactly(
            "10.0.0.1=4.0 UPPER_BOUND",
            "10.0.0.2=1.0 EXACT",
            "10.0.0.3=1.0 UPPER_BOUND",
            "10.0.0.4=0.0 LOWER_BOUND",
            "10.0.0.5=7.0 ESTIMATE");
  }

  @Test
  void workerOfWhichAPartIsMissing_isNotToldOf() {
    List<String> consumers =
        List.of(
            consumer("a1", "a", "gpu.x", 1, true),
            consumer("a2", "a", "gpu.x", 1, true),
            consumer("b1", "b", "gpu.x", 1, true),
            consumer("c1", "c", "gpu.x", 1, true));
    String whole = connection("b", "10.0.0.2", "{}");

    // A channel that is younger than the statistics; one without the number.
    assertThat(
            read(
                List.of(channel("a1", "1"), channel("b1", "1"), channel("c1", "\"?\"")),
                consumers,
                connection("a", "10.0.0.9", "{}"),
                whole,
                connection("c", "10.0.0.8", "{}")))
        .containsExactly("10.0.0.2=1.0 EXACT");
    // A connection that is not listed: nobody can say whose it is, so that its address tells
    // nothing either.
    assertThat(
            read(
                List.of(channel("a1", "1"), channel("a2", "1"), channel("b1", "1")),
                consumers.subList(0, 3),
                connection("b", "10.0.0.1", "{}")))
        .isEmpty();
  }

  @Test
  void since_isOfTheOldestConnection_andWhatIsNoListIsNothing() {
    byte[] none = "[]".getBytes(UTF_8);

    assertThat(
            pages
                .read(
                    list(List.of(channel("a1", "1"))),
                    list(List.of(consumer("a1", "a", "gpu.x", 1, true))),
                    list(List.of(connection("a", "10.0.0.1", "{}"))))
                .orElseThrow())
        .singleElement()
        .satisfies(it -> assertThat(it.sinceSeconds()).isEqualTo(1_700_000_000));
    assertThat(pages.read(none, none, none)).contains(List.of());
    for (String page : List.of("{\"error\": \"x\"}", "<html>", "")) {
      byte[] bad = page.getBytes(UTF_8);
      assertThat(pages.read(bad, none, none)).isEqualTo(Optional.empty());
      assertThat(pages.read(none, bad, none)).isEqualTo(Optional.empty());
      assertThat(pages.read(none, none, bad)).isEqualTo(Optional.empty());
    }
  }
}
