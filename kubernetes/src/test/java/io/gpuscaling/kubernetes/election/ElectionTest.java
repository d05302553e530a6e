package io.gpuscaling.kubernetes.election;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gpuscaling.kubernetes.election.Election.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ElectionTest {

  private static final long SECOND = 1_000_000_000L;
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final Duration FOUR = Duration.ofSeconds(4);

  private final Election election = new Election(ElectionTimes.DEFAULT, "me");

  private static LeaseAnswer.Found held(String version, String holder) {
    return new LeaseAnswer.Found(version, new LeaseRecord(holder, FOUR, NOW, NOW, 7));
  }

  private Step next(long nowNanos) {
    return election.next(nowNanos, NOW);
  }

  private void see(LeaseAnswer answer, long nowNanos) {
    election.take(new Step.Read(), answer, nowNanos, nowNanos);
  }

  private void acquire(long askedAtNanos) {
    see(held("1", ""), askedAtNanos);
    election.take(next(askedAtNanos), held("2", "me"), askedAtNanos, askedAtNanos);
  }

  @Test
  void next_nothingSeen_reads() {
    assertThat(next(0)).isEqualTo(new Step.Read());
    assertThat(election.isHeld(0)).isFalse();
  }

  @Test
  void next_noLease_createsIt() {
    see(new LeaseAnswer.Absent(), 0);
    assertThat(next(0)).isEqualTo(new Step.Create(new LeaseRecord("me", FOUR, NOW, NOW, 0)));
  }

  @Test
  void next_nobodyHoldsIt_takesItAtOnce() {
    see(held("1", ""), 0);
    assertThat(next(0)).isEqualTo(new Step.Replace("1", new LeaseRecord("me", FOUR, NOW, NOW, 8)));
  }

  @Test
  void next_anotherRenews_waitsForTheDurationSinceTheLastRenewalWasSeen() {
    see(held("1", "other"), 0);
    see(held("1", "other"), 2 * SECOND);
    assertThat(next(4 * SECOND - 1)).isEqualTo(new Step.Read());
    assertThat(next(4 * SECOND)).isInstanceOf(Step.Replace.class);

    see(held("2", "other"), 3 * SECOND);
    assertThat(next(7 * SECOND - 1)).isEqualTo(new Step.Read());
    assertThat(next(7 * SECOND)).isInstanceOf(Step.Replace.class);
  }

  @Test
  void next_holderWithALongerDuration_isGivenIt() {
    see(
        new LeaseAnswer.Found("1", new LeaseRecord("other", Duration.ofSeconds(9), NOW, NOW, 0)),
        0);
    assertThat(next(9 * SECOND - 1)).isEqualTo(new Step.Read());
    assertThat(next(9 * SECOND)).isInstanceOf(Step.Replace.class);
  }

  @Test
  void take_written_isHeldUntilTheDeadlineSinceItWasSent() {
    see(held("1", ""), 0);
    election.take(next(0), held("2", "me"), SECOND, 2 * SECOND);

    assertThat(election.isHeld(4 * SECOND - 1)).isTrue();
    assertThat(election.isHeld(4 * SECOND)).isFalse();
    assertThat(election.expire(4 * SECOND - 1)).isFalse();
    assertThat(election.expire(4 * SECOND)).isTrue();
    assertThat(election.expire(4 * SECOND)).isFalse();
    assertThat(election.lost()).contains("in time");
  }

  @Test
  void next_held_renewsAndKeepsSinceWhen() {
    acquire(0);
    Instant later = NOW.plusSeconds(1);

    assertThat(election.next(SECOND, later))
        .isEqualTo(new Step.Replace("2", new LeaseRecord("me", FOUR, NOW, later, 7)));
  }

  @Test
  void take_readSaysThatItIsOurs_givesNoRightByItself() {
    see(held("1", "me"), 0);

    assertThat(election.isHeld(0)).isFalse();
    assertThat(next(0)).isInstanceOf(Step.Replace.class);
  }

  @Test
  void take_anotherHasIt_endsTheRightAtOnce() {
    acquire(0);
    see(held("3", "other"), SECOND);

    assertThat(election.isHeld(SECOND)).isFalse();
    assertThat(election.lost()).isEqualTo("it is held by other");
  }

  @Test
  void take_deleted_endsTheRightAndIsMadeAnew() {
    acquire(0);
    election.take(next(SECOND), new LeaseAnswer.Absent(), SECOND, SECOND);

    assertThat(election.isHeld(SECOND)).isFalse();
    assertThat(next(SECOND)).isInstanceOf(Step.Create.class);
  }

  @Test
  void take_renewalFailed_keepsTheDeadlineAndReadsFirst() {
    acquire(0);
    election.take(next(SECOND), new LeaseAnswer.Failed("down"), SECOND, 2 * SECOND);

    assertThat(election.isHeld(3 * SECOND - 1)).isTrue();
    assertThat(election.isHeld(3 * SECOND)).isFalse();
    assertThat(next(2 * SECOND)).isEqualTo(new Step.Read());
    // The write had been done all the same.
    see(held("3", "me"), 2 * SECOND);
    assertThat(election.isHeld(3 * SECOND)).isFalse();
    assertThat(next(2 * SECOND))
        .isInstanceOfSatisfying(Step.Replace.class, it -> assertThat(it.version()).isEqualTo("3"));
  }

  @Test
  void take_failedTakeOver_isNotWaitedForAgain() {
    see(held("1", "other"), 0);
    Step take = next(4 * SECOND);
    election.take(take, new LeaseAnswer.Failed("down"), 4 * SECOND, 5 * SECOND);
    see(held("1", "other"), 5 * SECOND);

    assertThat(next(5 * SECOND)).isInstanceOf(Step.Replace.class);
  }

  @Test
  void take_conflict_readsBeforeTheNextTry() {
    see(held("1", ""), 0);
    election.take(next(0), new LeaseAnswer.Conflict(), 0, 0);

    assertThat(next(0)).isEqualTo(new Step.Read());
    assertThat(election.isHeld(0)).isFalse();
  }

  @Test
  void waitNanos_isShortOnlyWhenSomethingIsToBeWritten() {
    Step read = new Step.Read();
    see(held("1", "other"), 0);
    assertThat(election.waitNanos(read, held("1", "other"), 0)).isEqualTo(SECOND / 2);
    assertThat(election.waitNanos(read, held("1", "other"), 4 * SECOND - 7)).isEqualTo(7);
    assertThat(election.waitNanos(read, new LeaseAnswer.Failed("x"), 9 * SECOND))
        .isEqualTo(SECOND / 2);
    assertThat(election.waitNanos(read, new LeaseAnswer.Conflict(), 0)).isEqualTo(SECOND / 2);
    assertThat(election.waitNanos(read, new LeaseAnswer.Absent(), 0)).isZero();
    see(held("2", "me"), 0);
    assertThat(election.waitNanos(read, held("2", "me"), 0)).isZero();
    assertThat(election.waitNanos(next(0), held("3", "me"), 0)).isEqualTo(SECOND);
  }

  @Test
  void release_held_leavesItToNobody() {
    assertThat(election.release(0, NOW)).isNull();
    acquire(0);

    assertThat(election.release(SECOND, NOW))
        .isEqualTo(new Step.Replace("2", new LeaseRecord("", FOUR, NOW, NOW, 7)));
    assertThat(election.release(3 * SECOND, NOW)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "1500, 1000, 500, 100",
    "4000, 4000, 1000, 1",
    "4000, 3000, 3000, 1",
    "4000, 3000, 0, 1",
    "4000, 3000, 1000, 0",
    "0, 0, 0, 0"
  })
  void times_thatWouldLetTwoAct_areRefused(int duration, int deadline, int renew, int observe) {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new ElectionTimes(
                Duration.ofMillis(duration),
                Duration.ofMillis(deadline),
                Duration.ofMillis(renew),
                Duration.ofMillis(observe)));
  }

  /** A Lease as the API server keeps it, and three replicas that hang, die and lose answers. */
  private static final class Model {

    private record Candidate(Election election, int index) {}

    private record Pending(
        Step step, LeaseAnswer answer, long askedAtNanos, long answeredAtNanos) {}

    private final SplittableRandom random;
    private final List<Candidate> candidates = new ArrayList<>();
    private final @Nullable Pending[] pending = new @Nullable Pending[3];
    private final long[] nextAtNanos = new long[3];
    private LeaseRecord record = new LeaseRecord("", FOUR, NOW, NOW, 0);
    private int version = 1;
    private int holders;

    Model(long seed) {
      random = new SplittableRandom(seed);
      for (int i = 0; i < 3; i++) {
        candidates.add(new Candidate(new Election(ElectionTimes.DEFAULT, "c" + i), i));
      }
    }

    private LeaseAnswer server(Step step) {
      return switch (step) {
        case Step.Read() -> new LeaseAnswer.Found("" + version, record);
        case Step.Create _ -> new LeaseAnswer.Conflict();
        case Step.Replace(String based, LeaseRecord wanted) -> {
          if (!based.equals("" + version)) {
            yield new LeaseAnswer.Conflict();
          }
          record = wanted;
          version++;
          yield new LeaseAnswer.Found("" + version, record);
        }
      };
    }

    /** 10 ms pass. */
    void tick(long now) {
      int held = 0;
      for (Candidate candidate : candidates) {
        int i = candidate.index();
        Pending running = pending[i];
        if (running != null && now - running.answeredAtNanos() >= 0) {
          candidate.election().take(running.step(), running.answer(), running.askedAtNanos(), now);
          pending[i] = null;
          nextAtNanos[i] =
              now + candidate.election().waitNanos(running.step(), running.answer(), now);
          if (random.nextInt(20) == 0) {
            nextAtNanos[i] += random.nextLong(9 * SECOND); // it hangs, or is frozen
          }
        } else if (running == null && now - nextAtNanos[i] >= 0) {
          Step step = candidate.election().next(now, NOW);
          boolean lost = random.nextInt(10) == 0;
          boolean done = !lost || random.nextBoolean();
          LeaseAnswer answer = done ? server(step) : new LeaseAnswer.Failed("lost");
          pending[i] =
              new Pending(
                  step,
                  lost ? new LeaseAnswer.Failed("lost") : answer,
                  now,
                  now + (lost ? SECOND : random.nextLong(SECOND / 2)));
        }
        var _ = candidate.election().expire(now);
        held += candidate.election().isHeld(now) ? 1 : 0;
      }
      holders = held;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void severalReplicas_thatHangAndLoseAnswers_neverTwoAct(long seed) {
    var model = new Model(seed);
    int ticks = 200_000;
    int held = 0;
    for (int i = 0; i < ticks; i++) {
      model.tick(i * (SECOND / 100));
      assertThat(model.holders).as("seed %d, tick %d", seed, i).isLessThanOrEqualTo(1);
      held += model.holders;
    }
    // And mostly somebody does.
    assertThat(held).isGreaterThan(ticks / 2);
  }

  @Test
  void heartbeat_isTheLastChangeOfAHolder_byTheTimeOfTheQuestion() {
    assertThat(election.heartbeatAtNanos()).isNull();
    see(held("1", "other"), SECOND);
    assertThat(election.heartbeatAtNanos()).isEqualTo(SECOND);
    see(held("1", "other"), 2 * SECOND);
    assertThat(election.heartbeatAtNanos()).isEqualTo(SECOND);
    election.take(new Step.Read(), held("2", "other"), 3 * SECOND, 5 * SECOND);
    assertThat(election.heartbeatAtNanos()).isEqualTo(3 * SECOND);

    // Given back: nobody lives by that.
    see(held("3", ""), 6 * SECOND);
    assertThat(election.heartbeatAtNanos()).isEqualTo(3 * SECOND);
    election.take(next(6 * SECOND), held("4", "me"), 7 * SECOND, 8 * SECOND);
    assertThat(election.heartbeatAtNanos()).isEqualTo(7 * SECOND);
    see(new LeaseAnswer.Failed("down"), 9 * SECOND);
    assertThat(election.heartbeatAtNanos()).isEqualTo(7 * SECOND);
  }

  @Test
  void heartbeat_ofALeaseThatNobodyHolds_isWhenItWasFirstSeen() {
    see(held("1", ""), SECOND);
    assertThat(election.heartbeatAtNanos()).isEqualTo(SECOND);
  }

  @Test
  void times_inProportion_ofWholeSeconds() {
    ElectionTimes times = ElectionTimes.of(Duration.ofSeconds(15));
    assertThat(times.renewDeadline()).isEqualTo(Duration.ofSeconds(10));
    assertThat(times.renewInterval()).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_200));
    assertThat(ElectionTimes.of(Duration.ofMillis(2_500)).leaseDuration())
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(ElectionTimes.of(Duration.ofSeconds(2)).leaseDuration())
        .isEqualTo(Duration.ofSeconds(2));
  }
}
