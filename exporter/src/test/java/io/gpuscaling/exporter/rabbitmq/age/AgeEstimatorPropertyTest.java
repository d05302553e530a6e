package io.gpuscaling.exporter.rabbitmq.age;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.exporter.rabbitmq.age.QueueLook.Arrivals;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random lives of a queue against one that knows every message. A failure names its seed: run it
 * alone with {@code -Dage.seed=N}.
 */
final class AgeEstimatorPropertyTest {

  private static final long MILLI = 1_000_000L;
  private static final long INTERVAL = 1_000 * MILLI;

  /** Time between a look at ready and the counter's. */
  private static final long GAP = 20 * MILLI;

  private static final long RESOLUTION = 2 * INTERVAL;
  private static final int LIVES = 300;
  private static final int LOOKS = 400;

  /** What may happen to the queue, and what is known of it. */
  enum Life {
    /** Everything is counted, nothing comes back. */
    COUNTED(true, false, false, false, QueueOrder.FIRST_IN),
    /** Consumers give messages back. */
    GIVEN_BACK(true, false, true, false, QueueOrder.FIRST_IN),
    /** And the counter is read again where that tells them from what has arrived meanwhile. */
    GIVEN_BACK_RECOUNTED(true, false, true, false, QueueOrder.FIRST_IN),
    /** Some arrivals are not counted. */
    DEAD_LETTERS(true, true, false, false, QueueOrder.FIRST_IN),
    /** Both. */
    ALL_AT_ONCE(true, true, true, false, QueueOrder.FIRST_IN),
    /** There is no counter. */
    READY_ONLY(false, false, false, false, QueueOrder.FIRST_IN),
    /** The counter lags, or does not come at all. */
    LATE_COUNTER(true, false, false, true, QueueOrder.FIRST_IN),
    /** Consumers take any message. */
    PRIORITIES(true, false, false, false, QueueOrder.BY_PRIORITY);

    final boolean counted;
    final boolean deadLetters;
    final boolean givesBack;
    final boolean isLate;
    final QueueOrder order;

    Life(
        boolean counted, boolean deadLetters, boolean givesBack, boolean isLate, QueueOrder order) {
      this.counted = counted;
      this.deadLetters = deadLetters;
      this.givesBack = givesBack;
      this.isLate = isLate;
      this.order = order;
    }
  }

  /** One life of one queue. */
  private static final class Run {
    private final Life life;
    private final SplittableRandom random;
    private final ExactQueue queue = new ExactQueue();
    private final AgeEstimator estimator = new AgeEstimator(RESOLUTION);
    private final Map<Exactness, Integer> seen;
    private long now = 5 * INTERVAL;
    private @Nullable Arrivals counter;
    private int arrivedAtCounter;

    /** Called exact or a bound, and wrong: what could not be seen. */
    private int hidden;

    private int recounts;

    Run(Life life, long seed, Map<Exactness, Integer> seen) {
      this.life = life;
      this.random = new SplittableRandom(seed);
      this.seen = seen;
    }

    void run() {
      happen(random.nextInt(20), true);
      int arrivals = 1;
      int departures = 1;
      for (int i = 0; i < LOOKS; i++) {
        if (random.nextInt(25) == 0) {
          arrivals = random.nextInt(6);
          departures = random.nextInt(6);
        }
        look();
        boolean back = life.givesBack && random.nextInt(12) == 0;
        if (back) {
          // What comes back while others leave cannot be seen: see the estimator.
          queue.giveBackAll();
          now += INTERVAL;
          continue;
        }
        int events = random.nextInt(12);
        for (int e = 0; e < events; e++) {
          now += random.nextLong(INTERVAL / 12);
          happen(1, random.nextInt(arrivals + departures + 1) < arrivals);
        }
        now += random.nextLong(INTERVAL / 2);
      }
    }

    private void happen(int times, boolean arrives) {
      for (int i = 0; i < times; i++) {
        if (arrives) {
          if (life.deadLetters && random.nextInt(3) == 0) {
            queue.deadLetter(now);
          } else {
            queue.publish(now);
          }
        } else {
          leave();
        }
      }
    }

    private void leave() {
      switch (random.nextInt(8)) {
        case 0 -> queue.dropOldest(1 + random.nextInt(3));
        case 1 -> {
          if (random.nextInt(20) == 0) {
            queue.dropOldest((int) queue.readyCount());
          }
        }
        case 2, 3 -> {
          if (life.order == QueueOrder.BY_PRIORITY) {
            queue.takeNewest();
          } else {
            queue.acknowledgeOldest();
          }
        }
        default -> queue.deliver();
      }
    }

    private void look() {
      if (!life.isLate || random.nextInt(3) > 0) {
        counter = life.counted ? new Arrivals(queue.counted(), queue.delivered(), now) : null;
        arrivedAtCounter = queue.arrivedCount();
      } else if (random.nextInt(20) == 0) {
        counter = null;
      }
      now += random.nextLong(GAP);
      happen(random.nextInt(2), random.nextBoolean());
      long ready = queue.readyCount();
      long truth = queue.ageNanos(now);
      // The counter is read before ready: the age may be that of either instant.
      // Of what arrives after the counter is read and before ready is, the estimator cannot know:
      // as many messages earlier is where it may see the head.
      long truthAtMost = queue.ageNanos(now, queue.arrivedCount() - arrivedAtCounter);
      long askedAtNanos = now;
      AgeEstimate estimate =
          estimator.observe(
              new QueueLook(
                  askedAtNanos,
                  ready,
                  recounted(ready),
                  life.givesBack ? queue.outstandingCount() : 0,
                  life.givesBack ? queue.redelivered() : 0,
                  life.order));
      check(estimate, ready, truth, truthAtMost);
    }

    private @Nullable Arrivals recounted(long ready) {
      Arrivals first = counter;
      if (life != Life.GIVEN_BACK_RECOUNTED
          || first == null
          || !estimator.isAmbiguous(first.count(), ready)) {
        return first;
      }
      happen(random.nextInt(2), random.nextBoolean());
      recounts++;
      return new Arrivals(
          first.count(), first.delivered(), first.atNanos(), queue.counted() - first.count());
    }

    private void checkNotTooLow(long age, long truth) {
      if (!life.givesBack) {
        assertThat(age).isGreaterThanOrEqualTo(truth);
      } else if (age < truth) {
        // As many others left, or arrived uncounted, while it came back.
        hidden++;
      }
    }

    private void check(AgeEstimate estimate, long ready, long truth, long truthAtMost) {
      switch (estimate) {
        case AgeEstimate.Empty _ -> assertThat(ready).isZero();
        case AgeEstimate.Undetermined _ -> assertThat(ready).isPositive();
        case AgeEstimate.Age(long age, Exactness exactness) -> {
          assertThat(ready).isPositive();
          seen.merge(exactness, 1, Integer::sum);
          switch (exactness) {
            case EXACT -> {
              checkNotTooLow(age, truth - RESOLUTION / 2);
              if (!life.deadLetters) {
                assertThat(age).isLessThanOrEqualTo(truthAtMost + RESOLUTION);
              } else if (age > truth + RESOLUTION) {
                hidden++;
              }
            }
            case UPPER_BOUND -> checkNotTooLow(age, truth);
            case LOWER_BOUND -> {
              if (!life.deadLetters) {
                assertThat(age).isLessThanOrEqualTo(truthAtMost);
              }
            }
            case ESTIMATE -> assertThat(age).isNotNegative();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void observe_anyLife_isNeverOnTheWrongSideOfTheTruth(Life life) {
    Map<Exactness, Integer> seen = new EnumMap<>(Exactness.class);
    int hidden = 0;
    int recounts = 0;
    Long only = Long.getLong("age.seed");
    for (long seed = only == null ? 0 : only; seed < (only == null ? LIVES : only + 1); seed++) {
      try {
        var run = new Run(life, seed, seen);
        run.run();
        hidden += run.hidden;
        recounts += run.recounts;
      } catch (AssertionError e) {
        throw new AssertionError(life + ", -Dage.seed=" + seed, e);
      }
    }

    // Most of what can be exact is: a bound is no way out.
    int all = seen.values().stream().mapToInt(Integer::intValue).sum();
    double exact = (double) seen.getOrDefault(Exactness.EXACT, 0) / all;
    double atLeast =
        switch (life) {
          case COUNTED -> 0.8;
          case GIVEN_BACK -> 0.2;
          case GIVEN_BACK_RECOUNTED -> 0.2;
          case DEAD_LETTERS, ALL_AT_ONCE, READY_ONLY, LATE_COUNTER, PRIORITIES -> 0;
        };
    assertThat(exact).as("%s: %s", life, seen).isGreaterThanOrEqualTo(atLeast);
    assertThat(recounts > 0).isEqualTo(life == Life.GIVEN_BACK_RECOUNTED);
    assertThat((double) hidden / all).as("%s: %s", life, seen).isLessThan(0.01);
  }
}
