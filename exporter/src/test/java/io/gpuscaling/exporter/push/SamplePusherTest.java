package io.gpuscaling.exporter.push;

import static io.gpuscaling.exporter.push.PushFixture.holds;
import static io.gpuscaling.exporter.push.PushFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.push.FakeAdapter.Conversation;
import io.gpuscaling.exporter.push.FakeAdapter.Manner;
import io.gpuscaling.proto.v1.Hello;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
final class SamplePusherTest {

  @TempDir private Path folder;
  private PushFixture push;

  @BeforeEach
  void start() throws IOException {
    push = new PushFixture(folder);
  }

  @AfterEach
  void stop() throws IOException {
    push.close();
    assertThat(push.logged()).noneSatisfy(it -> assertThat(it).contains("exporter-token"));
    await()
        .untilAsserted(() ->
            assertThat(Thread.getAllStackTraces().keySet())
                .noneSatisfy(it -> assertThat(it.getName()).startsWith("push-io")));
  }

  @Test
  void stream_opened_saysHelloThenEverything() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    push.publish("gpu_count", 8);
    push.start();

    soon().until(() -> holds(adapter, "gpu_count", 8));
    Hello hello = adapter.newest().messages().getFirst().getHello();
    assertThat(hello.getProtocolVersion()).isEqualTo(1);
    assertThat(hello.getNode()).isEqualTo("node-a");
    assertThat(hello.getBootId()).isEqualTo("boot-1");
    assertThat(hello.getExporterVersion()).isEqualTo("0.1.0");
    assertThat(Duration.ofMillis(hello.getSentUnixMillis() - InstantSource.system().millis()).abs())
        .isLessThan(Duration.ofMinutes(1));
    assertThat(adapter.newest().messages().get(1).hasSnapshot()).isTrue();
    assertThat(adapter.newest().authorization()).isEqualTo("Bearer " + PushFixture.TOKEN);
    soon().until(() -> push.metric("gpuscaling_push_streams") == 1);
    assertThat(push.metric("gpuscaling_push_adapters")).isEqualTo(1);
    assertThat(push.metric("gpuscaling_push_messages_total", "kind", "hello")).isEqualTo(1);
  }

  @Test
  void change_streamIsUp_isReceivedWithinATenthOfASecond() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    push.publish("gpu_count", 0);
    push.start();
    soon().until(() -> holds(adapter, "gpu_count", 0));

    List<Long> nanos = new ArrayList<>();
    for (int value = 1; value <= 60; value++) {
      int expected = value;
      long start = Ticker.system().nanos();
      push.publish("gpu_count", value);
      soon().until(() -> holds(adapter, "gpu_count", expected));
      nanos.add(Ticker.system().nanos() - start);
    }

    nanos.sort(Long::compare);
    System.getLogger("latency")
        .log(
            System.Logger.Level.INFO,
            "change to adapter: median {0} ms, 95 % {1} ms, most {2} ms",
            nanos.get(30) / 1e6,
            nanos.get(57) / 1e6,
            nanos.getLast() / 1e6);
    assertThat(Duration.ofNanos(nanos.get(30))).isLessThan(Duration.ofMillis(100));
    assertThat(adapter.newest().snapshots()).describedAs("all others are deltas").isEqualTo(1);
    assertThat(adapter.conversations()).hasSize(1);
  }

  @Test
  void change_manyAtOnce_endsWithTheNewest() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    push.start();
    for (int value = 1; value <= 20_000; value++) {
      push.publish("gpu_count", value);
    }
    soon().until(() -> holds(adapter, "gpu_count", 20_000));
    assertThat(adapter.newest().messages()).hasSizeLessThan(2_000);
  }

  @Test
  void observedAgain_nothingNew_isToldByHeartbeatsAboutOnceASecond() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    push.publish("gpu_count", 1);
    push.start();
    soon().until(() -> holds(adapter, "gpu_count", 1));
    long start = Ticker.system().nanos();

    soon()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> {
          push.publish("gpu_count", 1);
          return heartbeats(adapter) == 2;
        });

    assertThat(Duration.ofNanos(Ticker.system().nanos() - start))
        .isBetween(Duration.ofMillis(900), Duration.ofSeconds(6));
    push.publish("gpu_count", 2);
    soon().until(() -> holds(adapter, "gpu_count", 2));
  }

  @Test
  void snapshotRequest_any_isHonoured() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    push.publish("gpu_count", 1);
    push.start();
    soon().until(() -> holds(adapter, "gpu_count", 1));

    adapter.newest().askForSnapshot("lost\nmy place");

    soon().until(() -> adapter.newest().snapshots() == 2);
    assertThat(adapter.newest().value("gpu_count")).isEqualTo(1);
    assertThat(push.logged()).anySatisfy(it -> assertThat(it).contains("lost my place"));
    assertThat(push.metric("gpuscaling_push_snapshot_requests_total")).isEqualTo(1);
  }

  @Test
  void aborted_adapterWantsAnotherToken_reconnectsWithTheNewOne() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    push.publish("gpu_count", 1);
    push.start();
    soon().until(() -> holds(adapter, "gpu_count", 1));
    Files.writeString(push.tokenFile, "exporter-token-2");
    long start = Ticker.system().nanos();

    adapter.newest().abort(Status.ABORTED.withDescription("time to authenticate again"));

    soon().until(() -> adapter.conversations().size() == 2 && holds(adapter, "gpu_count", 1));
    assertThat(adapter.newest().authorization()).isEqualTo("Bearer exporter-token-2");
    assertThat(Duration.ofNanos(Ticker.system().nanos() - start)).isLessThan(Duration.ofSeconds(3));
    assertThat(push.metric("gpuscaling_push_streams_ended_total", "code", "aborted")).isEqualTo(1);
  }

  @Test
  void adapter_diesAndComesBack_hasEverythingAgain() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    push.publish("gpu_count", 1);
    push.start();
    soon().until(() -> holds(adapter, "gpu_count", 1));

    int port = adapter.port();
    adapter.close();
    soon().until(() -> push.metric("gpuscaling_push_streams") == 0);
    soon()
        .until(() -> push.metric("gpuscaling_push_streams_ended_total", "code", "unavailable") > 3);
    push.publish("gpu_count", 2);
    FakeAdapter next = push.use(FakeAdapter.start(push.authority, PushFixture.address(1), port));

    soon().until(() -> holds(next, "gpu_count", 2));
    assertThat(push.logged().stream().filter(it -> it.contains("has ended")))
        .describedAs("once for each change")
        .hasSize(1);
  }

  @Test
  void adapter_refusesThenTakes_recovers() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    adapter.behave(new Manner.Refusing(Status.PERMISSION_DENIED.withDescription("not\nyour node")));
    push.publish("gpu_count", 1);
    push.start();
    soon().until(() -> adapter.conversations().size() > 2);
    assertThat(push.logged())
        .filteredOn(it -> it.contains("PERMISSION_DENIED"))
        .hasSize(1)
        .first()
        .satisfies(it -> assertThat(it.toString()).contains("not your node"));

    adapter.behave(new Manner.Friendly());

    soon().until(() -> holds(adapter, "gpu_count", 1));
  }

  @Test
  void adapters_oneSilentOneDeafOneGone_delayNobody() throws IOException {
    FakeAdapter friendly = push.adapter(1);
    FakeAdapter silent = push.adapter(2);
    FakeAdapter deaf = push.adapter(3);
    push.addresses.add(PushFixture.address(4)); // nobody listens there
    silent.behave(new Manner.Silent());
    deaf.behave(new Manner.Deaf());
    publishMany(0);
    push.start();

    for (int round = 1; round <= 60; round++) {
      int expected = round;
      long start = Ticker.system().nanos();
      publishMany(round);
      soon().until(() -> holds(friendly, "round", expected));
      assertThat(Duration.ofNanos(Ticker.system().nanos() - start))
          .isLessThan(Duration.ofSeconds(5));
    }
    // What is held for an adapter that does not read is one message, not a queue of changes.
    assertThat(friendly.newest().messages()).hasSizeGreaterThan(60);
    assertThat(silent.newest().messages()).hasSize(1);

    // In the end both are given up and tried again.
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            push.metric("gpuscaling_push_streams_ended_total", "code", "deadline_exceeded") >= 2);
    soon()
        .untilAsserted(() ->
            assertThat(push.logged())
                .anySatisfy(it -> assertThat(it).contains("no welcome within 3 s"))
                .anySatisfy(it ->
                    assertThat(it)
                        .containsAnyOf(
                            "nothing was read for 2 s", "nothing was acknowledged for 2 s")));
    silent.behave(new Manner.Friendly());
    deaf.behave(new Manner.Friendly());
    // Streams that were opened again before that are given up as the first ones were.
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> holds(silent, "round", 60) && holds(deaf, "round", 60));
  }

  @Test
  void adapter_takesLittleAndAcknowledgesNothing_isGivenUpAndTriedAgain() throws IOException {
    FakeAdapter deaf = push.adapter(1);
    deaf.behave(new Manner.Deaf());
    push.publish("gpu_count", 1); // far less than the transport holds
    push.start();

    await()
        .atMost(Duration.ofSeconds(40))
        .untilAsserted(() ->
            assertThat(push.logged())
                .anySatisfy(it -> assertThat(it).contains("nothing was acknowledged for 2 s")));
    deaf.behave(new Manner.Friendly());

    await().atMost(Duration.ofSeconds(40)).until(() -> holds(deaf, "gpu_count", 1));
  }

  @Test
  void addresses_appearAndVanish_areFollowed() throws IOException {
    FakeAdapter first = push.adapter(1);
    push.publish("gpu_count", 1);
    push.start();
    soon().until(() -> holds(first, "gpu_count", 1));

    FakeAdapter second = push.adapter(2);
    soon().until(() -> holds(second, "gpu_count", 1));
    soon().until(() -> push.metric("gpuscaling_push_adapters") == 2);

    push.addresses.remove(PushFixture.address(1));
    soon().until(() -> first.newest().hasEnded());
    soon().until(() -> push.metric("gpuscaling_push_adapters") == 1);
    push.publish("gpu_count", 2);
    soon().until(() -> holds(second, "gpu_count", 2));
    assertThat(first.conversations()).hasSize(1);
  }

  @Test
  void lookUp_fails_keepsWhatIsConnected() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    push.publish("gpu_count", 1);
    push.start();
    soon().until(() -> holds(adapter, "gpu_count", 1));

    push.addresses.clear();
    soon().until(() -> push.metric("gpuscaling_push_lookup_failures_total") >= 3);

    push.publish("gpu_count", 2);
    soon().until(() -> holds(adapter, "gpu_count", 2));
    assertThat(push.metric("gpuscaling_push_adapters")).isEqualTo(1);
    assertThat(push.logged()).filteredOn(it -> it.contains("cannot be looked up")).hasSize(1);
  }

  @Test
  void stream_meetsABug_isTriedAgain() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    var broken = new AtomicBoolean(true);
    push.publish("gpu_count", 1);
    push.start(
        push.settings(),
        () -> {
          if (broken.get()) {
            throw new IllegalStateException("a bug");
          }
          return Instant.EPOCH;
        });
    soon().until(() -> push.metric("gpuscaling_push_streams_ended_total", "code", "internal") >= 2);

    broken.set(false);

    soon().until(() -> holds(adapter, "gpu_count", 1));
    assertThat(adapter.conversations().subList(0, adapter.conversations().size() - 1))
        .allSatisfy(it -> soon().until(it::hasEnded));
  }

  @Test
  void close_streamsAreUp_endsThemQuickly() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    FakeAdapter silent = push.adapter(2);
    silent.behave(new Manner.Silent());
    push.addresses.add(PushFixture.address(3));
    push.publish("gpu_count", 1);
    SamplePusher pusher = push.start();
    soon().until(() -> holds(adapter, "gpu_count", 1) && !silent.conversations().isEmpty());
    long start = Ticker.system().nanos();

    pusher.close();

    assertThat(Duration.ofNanos(Ticker.system().nanos() - start)).isLessThan(Duration.ofSeconds(3));
    assertThat(push.metric("gpuscaling_push_streams")).isZero();
    soon().until(() -> adapter.newest().hasEnded() && silent.newest().hasEnded());
    push.publish("gpu_count", 2); // nobody is told any more, and nothing breaks
    assertThat(adapter.newest().value("gpu_count")).isEqualTo(1);
  }

  private static long heartbeats(FakeAdapter adapter) {
    Conversation newest = adapter.newest();
    return newest.messages().stream().filter(it -> it.hasHeartbeat()).count();
  }

  /** So many series with new values that an adapter that reads nothing is full soon. */
  private void publishMany(int round) {
    long now = Ticker.system().nanos();
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      samples.add(
          new Sample(
              new SeriesKey("m", Labels.of("filler", "%0200d".formatted(i))),
              SampleValue.exact(round),
              now));
    }
    samples.add(new Sample(new SeriesKey("round", Labels.EMPTY), SampleValue.exact(round), now));
    push.latest.publish(new SourceSnapshot("dcgm", new SourceState.Ok(now), samples));
  }
}
