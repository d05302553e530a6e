package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.exporter.dcgm.DcgmLocator.Location;
import io.gpuscaling.exporter.dcgm.PageFetcher.Fetched;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The right page of several. */
@Timeout(60)
final class PageFetcherTest {

  private static final DcgmPageReader READER = new DcgmPageReader(DcgmFieldTable.builtIn());
  private static final Duration TIMEOUT = Duration.ofSeconds(8);

  private RawHttpServer one;
  private RawHttpServer other;

  @SuppressWarnings("NullAway.Init") // before each test
  PageFetcherTest() {}

  @BeforeEach
  void open() throws IOException {
    one = new RawHttpServer(pageOf("node-1", "A"));
    other = new RawHttpServer(pageOf("node-2", "B"));
  }

  @AfterEach
  void close() throws IOException {
    one.close();
    other.close();
  }

  private static String text(String hostname, String uuid) {
    return "DCGM_FI_DEV_POWER_USAGE{UUID=\"" + uuid + "\",Hostname=\"" + hostname + "\"} 70\n";
  }

  private static RawHttpServer.Answer pageOf(String hostname, String uuid) {
    return RawHttpServer.page(text(hostname, uuid));
  }

  private static PageFetcher fetcher(DcgmLocator locator) {
    return new PageFetcher(locator, READER, new HostGate("node-1", Set.of()), TIMEOUT, null);
  }

  private static String uuid(Fetched fetched) {
    return switch (fetched) {
      case Fetched.Own(DcgmPage page) -> page.devices().getFirst().uuid();
      case Fetched.Failed failed -> failed.outcome();
    };
  }

  /** Two exporters behind one address, which answer in turn: a Service that balances. */
  @Test
  void twoExportersBehindOneAddress_onlyTheOwnNodesPagesCount() throws Exception {
    var turn = new AtomicInteger();
    one.answerWith((out, closed) ->
        (turn.getAndIncrement() % 2 == 0 ? pageOf("node-2", "B") : pageOf("node-1", "A"))
            .write(out, closed));
    int own = 0;
    try (PageFetcher fetcher = fetcher(DcgmLocator.fixed(one.url()))) {
      for (int i = 0; i < 20; i++) {
        String got = uuid(fetcher.fetch());
        assertThat(got).isIn("A", "other_node");
        own += got.equals("A") ? 1 : 0;
      }
    }
    assertThat(own).isBetween(9, 11);
  }

  @Test
  void loopback_aNameThatIsTheOnlyOne_isTakenForThisNode() throws Exception {
    one.answerWith(pageOf("424773df46e0", "A"));

    try (PageFetcher fetcher = fetcher(DcgmLocator.fixed(one.url()))) {
      assertThat(uuid(fetcher.fetch())).isEqualTo("A");
      int requests = one.requests().size();
      assertThat(uuid(fetcher.fetch())).isEqualTo("A");
      assertThat(one.requests()).hasSize(requests + 1);
    }
  }

  @Test
  void elsewhere_anotherName_isRefusedAtOnce() throws Exception {
    var there = new Location.At(other.url(), Set.of(), false);

    try (PageFetcher fetcher = fetcher(() -> there)) {
      assertThat(fetcher.fetch())
          .isInstanceOfSatisfying(
              Fetched.Failed.class,
              failed -> {
                assertThat(failed.outcome()).isEqualTo("other_node");
                assertThat(failed.detail()).contains("node-2", "dcgm.hostnames");
              });
    }
    assertThat(other.requests()).hasSize(1);
  }

  /** What a page says of itself is not written to the log as it is. */
  @Test
  void strangeHostName_isShownHarmlessly() throws Exception {
    other.answerWith(pageOf("a\\nb\u001b[31m" + "x".repeat(200), "B"));
    var there = new Location.At(other.url(), Set.of(), false);

    try (PageFetcher fetcher = fetcher(() -> there)) {
      assertThat(((Fetched.Failed) fetcher.fetch()).detail())
          .contains("a?b??31mx")
          .hasSizeLessThan(200);
    }
  }

  @Test
  void podThatMoves_isFoundAgain() throws Exception {
    var where = new AtomicReference<Location>(new Location.Nowhere("no pod"));

    try (PageFetcher fetcher = fetcher(where::get)) {
      assertThat(uuid(fetcher.fetch())).isEqualTo("not_found");
      assertThat(fetcher.url()).isNull();
      where.set(new Location.At(one.url(), Set.of("dcgm-a"), true));
      assertThat(uuid(fetcher.fetch())).isEqualTo("A");
      one.close();
      other.answerWith(pageOf("dcgm-b", "A2"));
      assertThat(uuid(fetcher.fetch())).isEqualTo("unreachable");
      where.set(new Location.At(other.url(), Set.of("dcgm-b"), true));
      assertThat(uuid(fetcher.fetch())).isEqualTo("unreachable");
      assertThat(uuid(fetcher.fetch())).isEqualTo("A2");
      assertThat(fetcher.url()).isEqualTo(other.url());
    }
  }

  @Test
  void close_endsATryThatRuns() throws Exception {
    one.answerWith(RawHttpServer.stall(""));
    var fetched = new AtomicReference<Fetched>();
    PageFetcher fetcher = fetcher(DcgmLocator.fixed(one.url()));
    Thread running =
        Thread.ofVirtual()
            .start(() -> {
              try {
                fetched.set(fetcher.fetch());
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            });
    await().until(() -> !one.requests().isEmpty());
    fetcher.close();

    assertThat(running.join(Duration.ofSeconds(5))).isTrue();
    assertThat(fetched.get()).isInstanceOf(Fetched.Failed.class);
  }
}
