package io.gpuscaling.kubernetes.election;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class LeaderElectorTest {

  private static final ElectionTimes TIMES =
      new ElectionTimes(
          Duration.ofSeconds(2),
          Duration.ofSeconds(1),
          Duration.ofMillis(100),
          Duration.ofMillis(50));

  private final MemoryLease lease = new MemoryLease();

  /** What the API server keeps. */
  private static final class MemoryLease {
    private @Nullable LeaseRecord record;
    private int version;

    synchronized LeaseAnswer read() {
      return record == null
          ? new LeaseAnswer.Absent()
          : new LeaseAnswer.Found("" + version, record);
    }

    synchronized LeaseAnswer create(LeaseRecord wanted) {
      return record == null ? write(wanted) : new LeaseAnswer.Conflict();
    }

    synchronized LeaseAnswer replace(String based, LeaseRecord wanted) {
      return based.equals("" + version) ? write(wanted) : new LeaseAnswer.Conflict();
    }

    private LeaseAnswer write(LeaseRecord wanted) {
      record = wanted;
      version++;
      return read();
    }

    synchronized String holder() {
      return record == null ? "" : record.holder();
    }
  }

  /** One replica's way to it, which can be cut. */
  private final class Replica implements LeaseStore, ElectionListener, AutoCloseable {
    final List<String> told = new CopyOnWriteArrayList<>();
    final LeaderElector elector;
    final CountDownLatch mended = new CountDownLatch(1);
    volatile boolean hangs;
    volatile boolean breaks;

    Replica(String identity) {
      elector =
          new LeaderElector(
              "test", identity, this, TIMES, this, Ticker.system(), InstantSource.system());
    }

    private void reach() {
      if (breaks) {
        throw new IllegalStateException("a bug");
      }
      if (hangs) {
        try {
          mended.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    @Override
    public LeaseAnswer read() {
      reach();
      return lease.read();
    }

    @Override
    public LeaseAnswer create(LeaseRecord record) {
      reach();
      return lease.create(record);
    }

    @Override
    public LeaseAnswer replace(String version, LeaseRecord record) {
      reach();
      return lease.replace(version, record);
    }

    @Override
    public void elected() {
      told.add("elected");
    }

    @Override
    public void dismissed(String why) {
      told.add("dismissed: " + why);
    }

    @Override
    public void asked(String outcome, String detail) {}

    void awaitHeld(boolean isHeld) {
      await().atMost(Duration.ofSeconds(20)).until(() -> elector.isHeld() == isHeld);
    }

    @Override
    public void close() {
      mended.countDown();
      elector.close();
    }
  }

  @Test
  void start_noLease_isElectedAndRenews() {
    try (var one = new Replica("one")) {
      assertThat(one.elector.isHeld()).isFalse();
      one.elector.start();
      one.awaitHeld(true);
      int first = lease.version;
      await().until(() -> lease.version > first + 10);
      assertThat(one.elector.isHeld()).isTrue();
      assertThat(one.told).containsExactly("elected");
    }
  }

  @Test
  void close_holder_givesBackAndAnotherTakesAtOnce() {
    try (var one = new Replica("one");
        var other = new Replica("other")) {
      one.elector.start();
      one.awaitHeld(true);
      other.elector.start();
      await().until(() -> lease.holder().equals("one"));

      one.elector.close();

      assertThat(one.elector.isHeld()).isFalse();
      assertThat(one.told).containsExactly("elected", "dismissed: this replica stops");
      other.awaitHeld(true);
      assertThat(lease.holder()).isEqualTo("other");
    }
  }

  @Test
  void hangingRequest_holderIsDismissedAtTheDeadline_andAnotherTakesOver() {
    try (var one = new Replica("one");
        var other = new Replica("other")) {
      one.elector.start();
      one.awaitHeld(true);
      other.elector.start();

      one.hangs = true;

      await().until(() -> one.told.size() == 2);
      assertThat(one.told.get(1)).isEqualTo("dismissed: it could not be renewed in time");
      assertThat(one.elector.isHeld()).isFalse();
      other.awaitHeld(true);
      assertThat(one.elector.isHeld()).isFalse();

      // What was sent long ago changes nothing: somebody else has written meanwhile.
      one.hangs = false;
      one.mended.countDown();
      await()
          .during(Duration.ofMillis(500))
          .until(() -> !one.elector.isHeld() && other.elector.isHeld());
    }
  }

  @Test
  void bugInTheStore_isAFailureAndTriedAgain() {
    try (var one = new Replica("one")) {
      one.breaks = true;
      one.elector.start();
      await().during(Duration.ofMillis(200)).until(() -> !one.elector.isHeld());
      one.breaks = false;
      one.awaitHeld(true);
    }
  }

  @Test
  void close_neverStarted_doesNothing() {
    try (var one = new Replica("one")) {
      one.elector.close();
      assertThat(one.told).isEmpty();
    }
  }
}
