package io.gpuscaling.policy.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.WorkloadClass;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PoolAllocatorTest {

  private static final List<WorkloadClass> CLASSES = List.of(WorkloadClass.values());

  @Test
  void enoughForAll_everybodyGetsWhatHeWants() {
    assertThat(allocate(100, 10, demand("a", 4, 10), demand("b", 4, 20)))
        .containsEntry(name("a"), 10)
        .containsEntry(name("b"), 20);
  }

  @Test
  void quota100Gpus_criticalBeforeNormalBeforeBackground() {
    Map<PolicyName, Integer> granted =
        allocate(
            100,
            0,
            demand("archive", WorkloadClass.BACKGROUND, 10, 40),
            demand("free", WorkloadClass.NORMAL, 20, 60),
            demand("paying", WorkloadClass.CRITICAL, 30, 65));
    assertThat(granted)
        .containsEntry(name("paying"), 65)
        .containsEntry(name("free"), 25)
        .containsEntry(name("archive"), 10);
  }

  @Test
  void sameClass_olderDemandFirst() {
    PoolDemand late =
        new PoolDemand(name("late"), WorkloadClass.NORMAL, 1, 0, 2, 8, 0, 1, at(200), false);
    PoolDemand early =
        new PoolDemand(name("early"), WorkloadClass.NORMAL, 1, 0, 2, 8, 0, 1, at(100), false);
    assertThat(allocate(10, 0, late, early))
        .containsEntry(name("early"), 8)
        .containsEntry(name("late"), 2);
  }

  @Test
  void demand_changesOnlyWhatIsSaid() {
    PoolDemand demand =
        new PoolDemand(name("a"), WorkloadClass.NORMAL, 2, 1, 3, 8, 2, 4, at(100), true);

    assertThat(demand.withHeld(5))
        .isEqualTo(
            new PoolDemand(name("a"), WorkloadClass.NORMAL, 2, 1, 5, 8, 2, 4, at(100), true));
    assertThat(demand.withHeld(5).wantsMore()).isEqualTo(3);
    assertThat(demand.withHeld(9).wantsMore()).isZero();
    assertThat(demand.withSince(at(7)))
        .isEqualTo(new PoolDemand(name("a"), WorkloadClass.NORMAL, 2, 1, 3, 8, 2, 4, at(7), true));
  }

  @Test
  void shrunkPool_takesNothingFromABetterClass_thatALowerOneCanGiveLater() {
    PoolDemand low =
        new PoolDemand(name("low"), WorkloadClass.BACKGROUND, 1, 1, 4, 4, 0, 1, at(0), false);
    PoolDemand high =
        new PoolDemand(name("high"), WorkloadClass.CRITICAL, 1, 1, 4, 4, 0, 1, at(0), false);

    assertThat(allocate(6, 0, low, high))
        .containsEntry(name("low"), 3)
        .containsEntry(name("high"), 4);
    assertThat(allocate(3, 0, low, high))
        .containsEntry(name("low"), 3)
        .containsEntry(name("high"), 3);
  }

  @Test
  void everyMinimumBeforeAnyWish() {
    PoolDemand greedy =
        new PoolDemand(name("greedy"), WorkloadClass.CRITICAL, 1, 0, 0, 10, 0, 1, at(0), false);
    PoolDemand modest =
        new PoolDemand(name("modest"), WorkloadClass.BACKGROUND, 1, 3, 0, 3, 0, 1, at(9), false);
    assertThat(allocate(10, 0, greedy, modest))
        .containsEntry(name("greedy"), 7)
        .containsEntry(name("modest"), 3);
  }

  @Test
  void replicasOfSeveralGpus_areGrantedWhole() {
    PoolDemand pairs =
        new PoolDemand(name("pairs"), WorkloadClass.NORMAL, 4, 0, 1, 5, 0, 1, at(0), false);
    assertThat(allocate(15, 0, pairs)).containsEntry(name("pairs"), 3);
  }

  @Test
  void othersUseThePool_lessIsLeft() {
    assertThat(allocate(10, 7, demand("a", 2, 9))).containsEntry(name("a"), 3);
  }

  @Test
  void reclaim_takesFromLowerClasses_atTheirStep_notBelowMinimumOrBusy() {
    PoolDemand critical =
        new PoolDemand(name("critical"), WorkloadClass.CRITICAL, 1, 0, 4, 10, 0, 1, at(0), true);
    PoolDemand normal =
        new PoolDemand(name("normal"), WorkloadClass.NORMAL, 1, 0, 3, 3, 2, 5, at(0), false);
    PoolDemand background =
        new PoolDemand(name("background"), WorkloadClass.BACKGROUND, 1, 1, 3, 3, 0, 1, at(0), true);
    assertThat(allocate(10, 0, critical, normal, background))
        .containsEntry(name("critical"), 4)
        .containsEntry(name("background"), 2)
        .containsEntry(name("normal"), 2);
  }

  @Test
  void reclaim_takesOnlyTheGpusThatAreMissing_afterTheFreeOnes() {
    PoolDemand critical =
        new PoolDemand(name("critical"), WorkloadClass.CRITICAL, 2, 0, 2, 6, 0, 1, at(0), true);
    PoolDemand background =
        new PoolDemand(name("background"), WorkloadClass.BACKGROUND, 2, 0, 6, 6, 0, 6, at(9), true);
    PoolDemand older =
        new PoolDemand(name("older"), WorkloadClass.BACKGROUND, 2, 0, 3, 3, 0, 3, at(0), true);
    // 27 less 22 held: two more fit, of the four that are wanted, and a GPU is left over.
    assertThat(allocate(27, 0, critical, older, background))
        .containsEntry(name("critical"), 4)
        .containsEntry(name("background"), 4)
        .containsEntry(name("older"), 3);
  }

  @Test
  void withoutReclaim_nobodyLosesAnything() {
    PoolDemand critical =
        new PoolDemand(name("critical"), WorkloadClass.CRITICAL, 1, 0, 4, 10, 0, 1, at(0), false);
    PoolDemand background =
        new PoolDemand(name("background"), WorkloadClass.BACKGROUND, 1, 1, 6, 6, 0, 9, at(0), true);
    assertThat(allocate(10, 0, critical, background))
        .containsEntry(name("critical"), 4)
        .containsEntry(name("background"), 6);
  }

  @Test
  void poolShrinks_lowestClassGivesFirst() {
    PoolDemand critical =
        new PoolDemand(name("critical"), WorkloadClass.CRITICAL, 1, 2, 5, 5, 0, 5, at(0), false);
    PoolDemand background =
        new PoolDemand(
            name("background"), WorkloadClass.BACKGROUND, 1, 1, 5, 5, 0, 5, at(0), false);
    assertThat(allocate(7, 0, critical, background))
        .containsEntry(name("critical"), 5)
        .containsEntry(name("background"), 2);
    assertThat(allocate(4, 0, critical, background))
        .containsEntry(name("critical"), 3)
        .containsEntry(name("background"), 1);
  }

  @Test
  void demand_thatCannotBe_isRefused() {
    assertThatThrownBy(
            () -> new PoolDemand(name("a"), WorkloadClass.NORMAL, 0, 0, 0, 0, 0, 1, at(0), false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new PoolDemand(name("a"), WorkloadClass.NORMAL, 1, 0, 0, 0, 0, 0, at(0), false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new PoolDemand(name("a"), WorkloadClass.NORMAL, 1, -1, 0, 0, 0, 1, at(0), false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new PoolDemand(name("a"), WorkloadClass.NORMAL, 1, 0, -1, 0, 0, 1, at(0), false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  static LongStream seeds() {
    return LongStream.range(0, 100);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyDemands_neverBeyondTheSize_neverBelowAMinimum_prioritiesNeverStarve(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PoolDemand> demands = new ArrayList<>();
    for (int i = 0; i < random.nextInt(1, 12); i++) {
      int min = random.nextInt(0, 4);
      int held = random.nextInt(0, 10);
      demands.add(
          new PoolDemand(
              name("p" + i),
              CLASSES.get(random.nextInt(CLASSES.size())),
              random.nextInt(1, 5),
              min,
              held,
              Math.max(min, random.nextInt(0, 20)),
              random.nextInt(0, held + 1),
              random.nextInt(1, 4),
              at(random.nextInt(100)),
              random.nextBoolean()));
    }
    long others = random.nextInt(0, 20);
    long size = random.nextInt(0, 150);
    Map<PolicyName, Integer> granted = PoolAllocator.allocate(size, others, demands);
    long held = others;
    long then = others;
    for (PoolDemand demand : demands) {
      int grant = granted.getOrDefault(demand.policy(), 0);
      held += (long) demand.heldReplicas() * demand.gpusPerReplica();
      then += (long) grant * demand.gpusPerReplica();
      int kept =
          Math.min(demand.heldReplicas(), Math.max(demand.minReplicas(), demand.busyReplicas()));
      assertThat(grant).isGreaterThanOrEqualTo(kept);
      assertThat(grant).isGreaterThanOrEqualTo(demand.heldReplicas() - demand.downStep());
      assertThat(grant)
          .isLessThanOrEqualTo(Math.max(demand.heldReplicas(), demand.wantedReplicas()));
    }
    assertThat(then).isLessThanOrEqualTo(Math.max(size, held));
    long free = size - then;
    for (PoolDemand demand : demands) {
      boolean isUnsatisfied = granted.getOrDefault(demand.policy(), 0) < demand.minReplicas();
      if (isUnsatisfied && held <= size) {
        assertThat(free).isLessThan(demand.gpusPerReplica() + freedByReclaim(demands, granted));
      }
    }
  }

  private static long freedByReclaim(List<PoolDemand> demands, Map<PolicyName, Integer> granted) {
    return demands.stream()
        .mapToLong(it ->
            (long) Math.max(0, it.heldReplicas() - granted.getOrDefault(it.policy(), 0))
                * it.gpusPerReplica())
        .sum();
  }

  private static Map<PolicyName, Integer> allocate(long size, long others, PoolDemand... demands) {
    return PoolAllocator.allocate(size, others, List.of(demands));
  }

  private static PoolDemand demand(String name, int held, int wanted) {
    return demand(name, WorkloadClass.NORMAL, held, wanted);
  }

  private static PoolDemand demand(String name, WorkloadClass workloadClass, int held, int wanted) {
    return new PoolDemand(name(name), workloadClass, 1, 0, held, wanted, 0, 1, at(0), false);
  }

  private static Instant at(long second) {
    return Instant.ofEpochSecond(second);
  }

  private static PolicyName name(String name) {
    return new PolicyName("ai", name);
  }
}
