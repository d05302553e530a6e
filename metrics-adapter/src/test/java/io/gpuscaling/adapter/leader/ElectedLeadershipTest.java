package io.gpuscaling.adapter.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.election.LeaseAnswer;
import io.gpuscaling.kubernetes.election.LeaseRecord;
import io.gpuscaling.kubernetes.election.LeaseStore;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ElectedLeadershipTest {

  /** A Lease as an API server keeps it: a write of an old version is refused. */
  private static final class SharedLease implements LeaseStore {
    private @Nullable LeaseRecord record;
    private int version;
    private boolean isDown;

    @Override
    public synchronized LeaseAnswer read() {
      if (isDown) {
        return new LeaseAnswer.Failed("down");
      }
      return record == null
          ? new LeaseAnswer.Absent()
          : new LeaseAnswer.Found(String.valueOf(version), record);
    }

    @Override
    public LeaseAnswer create(LeaseRecord first) {
      return replace("0", first);
    }

    @Override
    public synchronized LeaseAnswer replace(String read, LeaseRecord next) {
      if (!isDown && !read.equals(String.valueOf(version))) {
        return new LeaseAnswer.Conflict();
      }
      if (!isDown) {
        record = next;
        version++;
      }
      return read();
    }

    synchronized void down() {
      isDown = true;
    }
  }

  private final SharedLease lease = new SharedLease();
  private final CollectorRegistry registry = new CollectorRegistry();

  private ElectedLeadership replica(String identity, CollectorRegistry registry) {
    return new ElectedLeadership(
        "policies",
        lease,
        identity,
        Duration.ofSeconds(2),
        Ticker.system(),
        InstantSource.system(),
        registry);
  }

  private double leads() {
    return Objects.requireNonNull(registry.getSampleValue("gpuscaling_policy_leader"));
  }

  @Test
  void oneLeads_theOtherFollowsItsHeartbeat_andTakesOverAtOnceWhenItCloses() {
    try (var two = replica("two", new CollectorRegistry())) {
      try (var one = replica("one", registry)) {
        assertThat(one.isHeld()).isFalse();
        assertThat(one.heartbeatAge()).isEmpty();
        assertThat(leads()).isZero();
        one.start();
        await().until(one::isHeld);
        await().until(() -> leads() == 1);
        two.start();
        await().until(() -> two.heartbeatAge().isPresent());
        assertThat(two.isHeld()).isFalse();
      }
      assertThat(leads()).isZero();
      await().until(two::isHeld);
    }
  }

  @Test
  void apiServerIsAway_endsAtTheDeadline_andTheHeartbeatAges() {
    try (var one = replica("one", registry)) {
      one.start();
      await().until(() -> leads() == 1);
      lease.down();
      await().until(() -> leads() == 0);
      assertThat(one.isHeld()).isFalse();
      assertThat(one.heartbeatAge().orElseThrow()).isGreaterThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void alone_alwaysLeads() {
    assertThat(Leadership.ALONE.isHeld()).isTrue();
    assertThat(Leadership.ALONE.heartbeatAge()).contains(Duration.ZERO);
  }
}
