package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class LeaseSourceTest {

  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);
  private static final PodIdentity POD = new PodIdentity("media", "worker-0", "uid-0");

  private final ManualTicker ticker = new ManualTicker();
  private final LeaseRegistry registry = new LeaseRegistry(ticker, TIME_TO_LIVE);
  private final List<SourceSnapshot> published = new CopyOnWriteArrayList<>();
  private final LeaseSource source =
      new LeaseSource(registry, ticker, TIME_TO_LIVE, published::add);

  @AfterEach
  void stop() {
    source.close();
  }

  @Test
  void start_always_hasPublishedWhenItReturns() {
    source.start(false);
    assertThat(published)
        .first()
        .isEqualTo(new SourceSnapshot("lease", new SourceState.Starting(), List.of()));
  }

  @Test
  void publishNow_withinATimeToLiveOfTheStart_isStartingAndOkFromThenOn() {
    ticker.advance(Duration.ofMinutes(5)); // however long the program took to get here
    source.start(false);

    ticker.advance(TIME_TO_LIVE.minusNanos(1));
    source.publishNow();
    assertThat(published.getLast().state()).isEqualTo(new SourceState.Starting());

    ticker.advance(Duration.ofNanos(1));
    source.publishNow();
    assertThat(published.getLast().state()).isEqualTo(new SourceState.Ok(ticker.nanos()));
  }

  @Test
  void publishNow_beforeTheStart_isStarting() {
    ticker.advance(Duration.ofMinutes(5));
    source.publishNow();
    assertThat(published.getLast().state()).isEqualTo(new SourceState.Starting());
  }

  @Test
  void check_leaseExpires_publishesByItself() {
    source.start(false);
    registry.start(POD, "s", new RunningTask("1", "", ""));
    source.publishNow();
    assertThat(published.getLast().samples()).hasSize(2);

    ticker.advance(TIME_TO_LIVE);

    await().untilAsserted(() -> assertThat(published.getLast().samples()).isEmpty());
  }

  @Test
  void check_nothingHappens_publishesAtATenthOfTheTimeToLive() {
    source.start(false);
    int before = published.size();
    ticker.advance(TIME_TO_LIVE.dividedBy(10));
    await().untilAsserted(() -> assertThat(published).hasSizeGreaterThan(before));
  }

  @Test
  void close_afterwards_publishesNothing() {
    source.start(false);
    source.close();
    int before = published.size();
    ticker.advance(TIME_TO_LIVE);

    await()
        .during(LeaseSource.CHECK_INTERVAL.multipliedBy(3))
        .untilAsserted(() -> assertThat(published).hasSize(before));
  }
}
