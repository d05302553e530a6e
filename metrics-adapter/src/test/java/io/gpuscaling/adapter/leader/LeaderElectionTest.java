package io.gpuscaling.adapter.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LeaderElectionTest {

  private static final Duration LEASE = Duration.ofSeconds(15);

  /** A Lease as an API server keeps it: a write of an old version is refused. */
  private static final class SharedLease implements LeaseStore {
    private LeaseRecord lease = new LeaseRecord("", Instant.EPOCH, 0);
    private int version;
    private boolean isThere;
    private boolean isDown;
    private Runnable beforeSave = () -> {};

    @Override
    public Loaded load() {
      if (isDown) {
        return new Loaded.Failed("down");
      }
      return isThere ? new Loaded.Found(lease, String.valueOf(version)) : new Loaded.Absent();
    }

    @Override
    public Saved create(LeaseRecord first) {
      if (isThere) {
        return new Saved.Conflict();
      }
      isThere = true;
      lease = first;
      version++;
      return new Saved.Done();
    }

    @Override
    public Saved save(LeaseRecord next, String read) {
      Runnable before = beforeSave;
      beforeSave = () -> {};
      before.run();
      if (isDown) {
        return new Saved.Failed("down");
      }
      if (!read.equals(String.valueOf(version))) {
        return new Saved.Conflict();
      }
      lease = next;
      version++;
      return new Saved.Done();
    }
  }

  private final AtomicLong nanos = new AtomicLong(1_000);
  private final SharedLease lease = new SharedLease();

  private LeaderElection replica(String name) {
    return new LeaderElection(
        lease,
        name,
        LEASE,
        nanos::get,
        () -> Instant.EPOCH.plusNanos(nanos.get()),
        new CollectorRegistry());
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void leaseIsMissing_isMade_andHeldForTwoThirdsOfItsDuration() {
    LeaderElection one = replica("one");
    assertThat(one.isHeld()).isFalse();
    assertThat(one.heartbeatAge()).isEmpty();

    one.tryOnce();

    assertThat(one.isHeld()).isTrue();
    assertThat(one.heartbeatAge()).contains(Duration.ZERO);
    pass(Duration.ofSeconds(10));
    assertThat(one.isHeld()).isFalse();
  }

  @Test
  void leaderRenews_othersWait() {
    LeaderElection one = replica("one");
    LeaderElection two = replica("two");
    for (int i = 0; i < 60; i++) {
      one.tryOnce();
      two.tryOnce();
      pass(Duration.ofSeconds(2));
      assertThat(one.isHeld()).isTrue();
      assertThat(two.isHeld()).isFalse();
      assertThat(two.heartbeatAge().orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(2));
    }
  }

  @Test
  void leaderIsSilent_anotherLeadsAfterTheWholeDuration_neverBothAtATime() {
    LeaderElection one = replica("one");
    LeaderElection two = replica("two");
    one.tryOnce();
    two.tryOnce();
    int turns = 0;
    while (!two.isHeld()) {
      pass(Duration.ofSeconds(1));
      two.tryOnce();
      assertThat(one.isHeld() && two.isHeld()).isFalse();
      turns++;
    }
    assertThat(turns).isEqualTo(15);
    assertThat(lease.lease.transitions()).isEqualTo(1);

    // Thawed: it knows by its clock before it has asked anybody.
    assertThat(one.isHeld()).isFalse();
    one.tryOnce();
    assertThat(one.isHeld()).isFalse();
  }

  @Test
  void anotherWasFaster_isNoLeader() {
    LeaderElection one = replica("one");
    LeaderElection two = replica("two");
    one.tryOnce();
    two.tryOnce();
    pass(LEASE);
    lease.beforeSave = two::tryOnce;
    one.tryOnce();

    assertThat(one.isHeld()).isFalse();
    assertThat(two.isHeld()).isTrue();
  }

  @Test
  void apiServerIsAway_leadsUntilTheDeadline_andNoLonger() {
    LeaderElection one = replica("one");
    one.tryOnce();
    lease.isDown = true;
    pass(Duration.ofSeconds(9));
    one.tryOnce();
    assertThat(one.isHeld()).isTrue();
    pass(Duration.ofSeconds(1));
    one.tryOnce();
    assertThat(one.isHeld()).isFalse();
    assertThat(one.heartbeatAge()).contains(Duration.ofSeconds(10));

    lease.isDown = false;
    one.tryOnce();
    assertThat(one.isHeld()).isTrue();
  }

  @Test
  void close_givesItBack_andTheNextDoesNotWait() {
    LeaderElection one = replica("one");
    LeaderElection two = replica("two");
    one.tryOnce();
    two.tryOnce();
    one.close();
    assertThat(one.isHeld()).isFalse();
    assertThat(lease.lease.holder()).isEmpty();

    two.tryOnce();
    assertThat(two.isHeld()).isTrue();
  }

  @Test
  void close_ofAFollower_leavesTheLease() {
    LeaderElection one = replica("one");
    LeaderElection two = replica("two");
    one.tryOnce();
    two.tryOnce();
    two.close();

    assertThat(lease.lease.holder()).isEqualTo("one");
  }

  @Test
  void alone_alwaysLeads() {
    assertThat(Leadership.ALONE.isHeld()).isTrue();
    assertThat(Leadership.ALONE.heartbeatAge()).contains(Duration.ZERO);
  }

  @Test
  void start_tries_untilClosed() {
    LeaderElection one =
        new LeaderElection(
            lease,
            "one",
            Duration.ofMillis(700),
            System::nanoTime,
            Instant::now,
            new CollectorRegistry());
    one.start();
    await().until(one::isHeld);
    one.close();
    assertThat(lease.lease.holder()).isEmpty();
  }
}
