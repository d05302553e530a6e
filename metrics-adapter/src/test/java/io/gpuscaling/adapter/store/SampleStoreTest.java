package io.gpuscaling.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.store.ContributorUpdate.NewSeries;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SampleStoreTest {

  private static final Duration RETENTION = Duration.ofMinutes(10);
  private static final Contributor ONE = new Contributor.Node("gpu-1");
  private static final Contributor TWO = new Contributor.Node("gpu-2");

  private final AtomicLong now = new AtomicLong();
  private final SampleStore store = new SampleStore(now::get, RETENTION);

  @Test
  void snapshot_beforeAnyUpdate_isEmpty() {
    store.open(ONE);

    assertThat(store.snapshot().contributors()).isEmpty();
    assertThat(store.snapshot().contributor(ONE)).isNull();
  }

  @Test
  void apply_twoContributors_bothAreSeenAndEarlierSnapshotsStay() {
    SampleStore.Writer one = store.open(ONE);
    SampleStore.Writer two = store.open(TWO);
    one.apply(full(1));
    StoreSnapshot early = store.snapshot();

    assertThat(two.apply(full(2))).isTrue();
    assertThat(one.apply(full(3))).isTrue();

    assertThat(value(store.snapshot(), ONE)).isEqualTo(3);
    assertThat(value(store.snapshot(), TWO)).isEqualTo(2);
    assertThat(store.snapshot().contributors()).hasSize(2);
    assertThat(value(early, ONE)).isEqualTo(1);
    assertThat(early.contributor(TWO)).isNull();
  }

  @Test
  void apply_nodeAndQueueReaderOfOneName_areTwoContributors() {
    var reader = new Contributor.QueueReader(ONE.name());
    store.open(ONE).apply(full(1));
    store.open(reader).apply(full(2));

    assertThat(value(store.snapshot(), ONE)).isEqualTo(1);
    assertThat(value(store.snapshot(), reader)).isEqualTo(2);
  }

  @Test
  void apply_afterLaterStreamOpened_changesNothing() {
    SampleStore.Writer old = store.open(ONE);
    old.apply(full(1));
    SampleStore.Writer young = store.open(ONE);

    assertThat(old.apply(full(9))).isFalse();
    assertThat(value(store.snapshot(), ONE)).isEqualTo(1);

    assertThat(young.apply(full(2))).isTrue();
    assertThat(old.apply(full(9))).isFalse();
    assertThat(value(store.snapshot(), ONE)).isEqualTo(2);
  }

  @Test
  void forgetSilent_pastRetention_forgetsOnlyTheSilent() {
    SampleStore.Writer silent = store.open(ONE);
    silent.apply(full(1));
    SampleStore.Writer talking = store.open(TWO);
    talking.apply(full(2));

    now.set(RETENTION.toNanos());
    store.forgetSilent();
    assertThat(store.snapshot().contributor(ONE)).isNotNull();

    talking.apply(full(3));
    now.addAndGet(1);
    store.forgetSilent();

    assertThat(store.snapshot().contributor(ONE)).isNull();
    assertThat(value(store.snapshot(), TWO)).isEqualTo(3);
    assertThat(store.snapshot().contributors()).hasSize(1);
    assertThat(silent.apply(full(9))).as("the forgotten must open anew").isFalse();
    assertThat(store.open(ONE).apply(full(4))).isTrue();
    assertThat(value(store.snapshot(), ONE)).isEqualTo(4);
  }

  @Test
  void forgetSilent_neverReported_isHarmless() {
    store.open(ONE);
    now.set(RETENTION.toNanos() + 1);

    store.forgetSilent();

    assertThat(store.snapshot().contributors()).isEmpty();
  }

  @Test
  void apply_manyWriters_readersSeeOnlyWholeUpdatesAndNoneIsLost() throws Exception {
    int writers = 8;
    int rounds = 500;
    var stop = new AtomicBoolean();
    var start = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> written = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        SampleStore.Writer writer = store.open(new Contributor.Node("gpu-" + w));
        written.add(
            threads.submit(() -> {
              start.await();
              for (int round = 1; round <= rounds; round++) {
                writer.apply(pair(round));
              }
              return null;
            }));
      }
      Future<?> reader =
          threads.submit(() -> {
            start.await();
            double seen = 0;
            while (!stop.get()) {
              double sum = 0;
              for (ContributorSnapshot each : store.snapshot().contributors()) {
                List<StoredSample> samples = each.samplesOf("pair");
                assertThat(samples).hasSize(2);
                assertThat(number(samples.get(0))).isEqualTo(number(samples.get(1)));
                sum += number(samples.get(0));
              }
              assertThat(sum).as("never goes back").isGreaterThanOrEqualTo(seen);
              seen = sum;
            }
            return null;
          });
      start.countDown();
      await(written);
      stop.set(true);
      reader.get(30, TimeUnit.SECONDS);
    }
    assertThat(store.snapshot().contributors())
        .hasSize(writers)
        .allSatisfy(
            each -> assertThat(number(each.samplesOf("pair").getFirst())).isEqualTo(rounds));
  }

  @Test
  void openAndForget_atTheSameTime_aWriterThatMayWriteIsAlwaysForgottenLater() throws Exception {
    int rounds = 300;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < rounds; round++) {
        store.open(ONE).apply(full(round));
        now.addAndGet(RETENTION.toNanos() + 1);
        var both = new CyclicBarrier(2);
        Future<?> forgetting =
            threads.submit(() -> {
              both.await();
              store.forgetSilent();
              return null;
            });
        Future<Boolean> opening =
            threads.submit(() -> {
              both.await();
              return store.open(ONE).apply(full(1));
            });
        await(List.of(forgetting));
        if (opening.get(30, TimeUnit.SECONDS)) {
          now.addAndGet(RETENTION.toNanos() + 1);
          store.forgetSilent();
          assertThat(store.snapshot().contributors()).as("round %d", round).isEmpty();
        }
      }
    }
  }

  private static void await(List<Future<?>> all)
      throws InterruptedException, ExecutionException, TimeoutException {
    for (Future<?> each : all) {
      each.get(30, TimeUnit.SECONDS);
    }
  }

  private static ContributorUpdate full(double value) {
    return new ContributorUpdate.Full("boot", List.of(series(1, "a", value)), Map.of());
  }

  /** Two series that always have the same value. */
  private static ContributorUpdate pair(double value) {
    return new ContributorUpdate.Full(
        "boot", List.of(series(1, "a", value), series(2, "b", value)), Map.of());
  }

  private static NewSeries series(int id, String name, double value) {
    return new NewSeries(
        id, "pair", new StoredSample(Labels.of("name", name), SampleValue.exact(value), "dcgm", 0));
  }

  private static double value(StoreSnapshot snapshot, Contributor contributor) {
    ContributorSnapshot held = snapshot.contributor(contributor);
    assertThat(held).isNotNull();
    return held == null ? Double.NaN : number(held.samplesOf("pair").getFirst());
  }

  private static double number(StoredSample sample) {
    return sample.value() instanceof SampleValue.Known(double value, _) ? value : Double.NaN;
  }
}
