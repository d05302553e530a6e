package io.gpuscaling.policy.hpa;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.hpa.HpaState.Change;
import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A small HPA with a memory, which it loses now and then, over random histories: it never leaves
 * the way from the replicas to those decided. A failing seed is in the test's name.
 */
final class VirtualHpaTest {

  private static final int HISTORIES = 200;
  private static final int SYNCS = 400;

  static LongStream seeds() {
    return LongStream.range(0, HISTORIES);
  }

  /** The controller, the target, and an adapter that watches both a little late. */
  private static final class World {
    final SplittableRandom random;
    final HpaSpec hpa;
    Instant now = Instant.parse("2026-03-01T10:00:00Z");
    int replicas;
    int decided;
    HpaState memory = HpaState.EMPTY;
    Optional<Instant> lastScaleTime = Optional.empty();
    HpaPast past = HpaPast.from(now);

    World(long seed, HpaSpec hpa) {
      random = new SplittableRandom(seed);
      this.hpa = hpa;
      replicas = random.nextInt(hpa.minReplicas(), hpa.maxReplicas() + 1);
      decided = replicas;
    }

    boolean chance(int oneOf) {
      return random.nextInt(oneOf) == 0;
    }

    void pass() {
      now = now.plusMillis(random.nextInt(1_000, 20_000));
      if (chance(40)) {
        memory = HpaState.EMPTY; // another controller leads
      }
      if (chance(40)) {
        past = HpaPast.from(now).with(lastScaleTime); // another adapter
      }
      if (chance(60)) {
        changed(within(replicas + random.nextInt(-3, 4))); // by hand
        decided = replicas;
      }
    }

    int within(int wanted) {
      return Math.clamp(wanted, Math.max(1, hpa.minReplicas()), hpa.maxReplicas());
    }

    HpaInput told(int existing) {
      return ToleranceFallback.of(
          hpa, new Replicas(replicas, existing, existing), decided, past, now);
    }

    void sync(HpaInput told, int existing) {
      MetricReading reading =
          told instanceof HpaInput.Value(long milli, _)
              ? new MetricReading.Read(milli)
              : new MetricReading.Missing("nothing");
      HpaDecision decision =
          Hpa.decide(
              hpa, new Replicas(replicas, existing, existing), Map.of("n", reading), memory, now);
      memory = decision.next();
      if (decision.desired() != replicas) {
        lastScaleTime = Optional.of(now.truncatedTo(ChronoUnit.SECONDS));
        changed(decision.desired());
        past = past.with(lastScaleTime);
      }
    }

    private void changed(int next) {
      if (next != replicas) {
        // Seen a little later than it was made.
        past = past.with(new Change(now.plusMillis(random.nextInt(900)), next - replicas));
        replicas = next;
      }
    }
  }

  private static ScalingRules rules(RatePolicy... policies) {
    return new ScalingRules(
        Duration.ZERO, List.of(policies), SelectPolicy.MAX, ScalingRules.DEFAULT_TOLERANCE);
  }

  private static HpaSpec hpa(int min, int max, ScalingRules up, ScalingRules down) {
    return new HpaSpec(
        min, max, List.of(new HpaMetric("n", new MetricTarget.AverageValue(1000))), up, down);
  }

  private static HpaSpec anyHpa(SplittableRandom random) {
    return hpa(random.nextInt(0, 5), random.nextInt(30, 61), anyRules(random), anyRules(random));
  }

  private static ScalingRules anyRules(SplittableRandom random) {
    Duration period = Duration.ofSeconds(random.nextInt(30, 120));
    RatePolicy pods = new RatePolicy.Pods(random.nextInt(1, 4), period);
    RatePolicy percent = new RatePolicy.Percent(random.nextInt(1, 30), Duration.ofSeconds(60));
    return new ScalingRules(
        Duration.ofSeconds(random.nextInt(2) * 40L),
        random.nextBoolean() ? List.of(pods) : List.of(pods, percent),
        random.nextBoolean() ? SelectPolicy.MAX : SelectPolicy.MIN,
        random.nextInt(4) / 20.0);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyHpa_anyDecisions_staysOnTheWay(long seed) {
    World world = new World(seed, anyHpa(new SplittableRandom(seed)));
    for (int i = 0; i < SYNCS; i++) {
      world.pass();
      if (world.chance(6)) {
        world.decided = world.random.nextInt(0, 66);
      } else if (world.chance(3)) {
        world.decided = Math.max(0, world.replicas + world.random.nextInt(-3, 4));
      }
      int existing =
          world.chance(4)
              ? Math.max(0, world.replicas + world.random.nextInt(-4, 7))
              : world.replicas;
      int before = world.replicas;
      int goal = Math.clamp(world.decided, world.hpa.minReplicas(), world.hpa.maxReplicas());
      HpaInput told = world.told(existing);

      world.sync(told, existing);

      assertThat(world.replicas)
          .as("%s to %s with %s and %s, told %s", before, goal, existing, world.hpa, told)
          .isBetween(Math.min(before, goal), Math.max(before, goal));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void policiesOfTheStep_setNothingButDecidedNumbers_andGetThere(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int up = random.nextInt(1, 4);
    int down = random.nextInt(1, 4);
    Duration minute = Duration.ofSeconds(60);
    World world =
        new World(
            seed,
            hpa(
                45, // where the largest step down is within the tolerance
                60,
                rules(new RatePolicy.Pods(up, minute)),
                rules(new RatePolicy.Pods(down, minute))));
    int reached = 0;
    for (int i = 0; i < SYNCS; i++) {
      world.pass();
      if (world.decided == world.replicas || world.chance(20)) {
        world.decided = world.within(world.replicas + (random.nextBoolean() ? up : -down));
      }
      int before = world.replicas;
      world.sync(world.told(before), before);
      assertThat(world.replicas).isIn(before, world.decided);
      reached += world.replicas == world.decided && before != world.replicas ? 1 : 0;
    }
    // In a little more than an hour: a step a minute, and turns that wait.
    assertThat(reached).isGreaterThan(15);
  }
}
