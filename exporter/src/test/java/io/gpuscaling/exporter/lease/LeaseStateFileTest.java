package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LeaseStateFileTest {

  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);
  private static final LeaseState STATE = LeaseStateCodecTest.sample().state();
  private static final NodeClock.Reading WRITTEN = reading("boot-1", 1_000, 50_000);

  @TempDir private Path folder;

  private static NodeClock.Reading reading(String boot, long uptimeSeconds, long wallSeconds) {
    return new NodeClock.Reading(
        boot, Duration.ofSeconds(uptimeSeconds), Instant.ofEpochSecond(wallSeconds));
  }

  private Path path() {
    return folder.resolve("leases");
  }

  private LeaseStateFile file() {
    return new LeaseStateFile(path(), "node-a");
  }

  private StateFileReading.Reason reasonAt(NodeClock.Reading now) {
    return reasonAt(file(), now);
  }

  private static StateFileReading.Reason reasonAt(LeaseStateFile file, NodeClock.Reading now) {
    return switch (file.read(now, TIME_TO_LIVE)) {
      case StateFileReading.Unusable(StateFileReading.Reason reason, _) -> reason;
      case StateFileReading.Usable usable -> Assertions.fail(usable.toString());
    };
  }

  @Test
  void read_ofTheSameBoot_isUsable_andRatherTooOld() throws IOException {
    assertThat(file().write(STATE, WRITTEN)).isTrue();
    assertThat(file().read(reading("boot-1", 1_010, 50_010), TIME_TO_LIVE))
        .isEqualTo(
            new StateFileReading.Usable(
                STATE, Duration.ofSeconds(10).plus(NodeClock.RESOLUTION).toNanos()));
    // Of two clocks that differ a little the one that says more counts.
    assertThat(file().read(reading("boot-1", 1_010, 50_011), TIME_TO_LIVE))
        .isEqualTo(
            new StateFileReading.Usable(
                STATE, Duration.ofSeconds(11).plus(NodeClock.RESOLUTION).toNanos()));
    assertThat(file().read(reading("boot-1", 1_010, 50_009), TIME_TO_LIVE))
        .isEqualTo(
            new StateFileReading.Usable(
                STATE, Duration.ofSeconds(10).plus(NodeClock.RESOLUTION).toNanos()));
  }

  @Test
  void write_isForItsOwnerAlone_andLeavesNothingBeside() throws IOException {
    Files.writeString(folder.resolve("leases.next"), "of a process that was killed");
    file().write(STATE, WRITTEN);
    file().write(STATE, WRITTEN);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
        .isEqualTo("rw-------");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(path());
    }
  }

  @Test
  void read_whatCannotBeGoneOnWith_saysWhy() throws IOException {
    NodeClock.Reading now = reading("boot-1", 1_010, 50_010);
    assertThat(reasonAt(now)).isEqualTo(StateFileReading.Reason.ABSENT);
    file().write(STATE, WRITTEN);
    assertThat(reasonAt(reading("boot-2", 10, 50_010)))
        .isEqualTo(StateFileReading.Reason.OTHER_BOOT);
    assertThat(reasonAt(new LeaseStateFile(path(), "node-b"), now))
        .isEqualTo(StateFileReading.Reason.OTHER_NODE);
    assertThat(reasonAt(reading("boot-1", 1_030, 50_030))).isEqualTo(StateFileReading.Reason.OLD);
    // Set forward, set back, slept, and a clock of another kind.
    assertThat(reasonAt(reading("boot-1", 1_010, 50_012))).isEqualTo(StateFileReading.Reason.CLOCK);
    assertThat(reasonAt(reading("boot-1", 1_010, 49_000))).isEqualTo(StateFileReading.Reason.CLOCK);
    assertThat(reasonAt(reading("boot-1", 999, 49_999))).isEqualTo(StateFileReading.Reason.CLOCK);

    Files.write(path(), new byte[LeaseStateFile.MAX_BYTES + 1]);
    assertThat(reasonAt(now)).isEqualTo(StateFileReading.Reason.TOO_LARGE);
    Files.delete(path());
    Files.createSymbolicLink(path(), Path.of("/etc/hostname"));
    assertThat(reasonAt(now)).isEqualTo(StateFileReading.Reason.UNREADABLE);
    Files.delete(path());
    Files.createDirectory(path());
    assertThat(reasonAt(now)).isEqualTo(StateFileReading.Reason.UNREADABLE);
  }

  @Test
  void write_ofTooMuch_leavesNoOlderOne() throws IOException {
    file().write(STATE, WRITTEN);
    var task =
        new LeaseState.HeldTask(
            "t".repeat(128), "c".repeat(63), "q".repeat(255), OptionalLong.empty(), 1);
    var session =
        new LeaseState.HeldSession(
            new PodIdentity("n", "p", "u"),
            "s",
            1,
            Collections.nCopies(LeaseLimits.MAX_TASKS_PER_SESSION, task));
    var large = new LeaseState(Collections.nCopies(16, session), List.of(), List.of());
    assertThat(file().write(large, WRITTEN)).isFalse();
    assertThat(path()).doesNotExist();
  }

  /** A crash within a write leaves the former file, or the new one, and any rest of the next. */
  @Test
  void read_afterACrashAtAnyPoint_isTheFormerOrTheNewStateOrNone() throws IOException {
    NodeClock.Reading now = reading("boot-1", 1_001, 50_001);
    var random = new SplittableRandom(7);
    file().write(STATE, WRITTEN);
    byte[] whole = Files.readAllBytes(path());
    for (int round = 0; round < 200; round++) {
      byte[] cut = Arrays.copyOf(whole, random.nextInt(whole.length));
      Files.write(folder.resolve("leases.next"), cut);
      assertThat(file().read(now, TIME_TO_LIVE)).isInstanceOf(StateFileReading.Usable.class);

      // A disk that lies about fsync: the name is new, the content is not all there.
      Files.write(path(), cut);
      assertThat(reasonAt(now)).isEqualTo(StateFileReading.Reason.TORN);
      byte[] holed = whole.clone();
      int from = random.nextInt(whole.length);
      int to = random.nextInt(from, whole.length) + 1;
      Arrays.fill(holed, from, to, (byte) 0);
      if (!Arrays.equals(holed, whole)) {
        Files.write(path(), holed);
        assertThat(file().read(now, TIME_TO_LIVE)).isInstanceOf(StateFileReading.Unusable.class);
      }
      file().write(STATE, WRITTEN);
      assertThat(file().read(now, TIME_TO_LIVE)).isInstanceOf(StateFileReading.Usable.class);
    }
  }

  @Test
  void nodeClock_readsTheKernel_andRefusesWhatIsNoNumber() throws IOException {
    var clock = new NodeClock(Path.of("/proc"), InstantSource.system());
    NodeClock.Reading one = clock.read();
    NodeClock.Reading two = clock.read();
    assertThat(one.bootId()).isEqualTo(two.bootId()).hasSize(36);
    assertThat(two.uptime()).isGreaterThanOrEqualTo(one.uptime()).isPositive();

    Path proc = Files.createDirectories(folder.resolve("proc/sys/kernel/random"));
    Files.writeString(proc.resolve("boot_id"), "b\n");
    Files.writeString(folder.resolve("proc/uptime"), "12.34 56.78\n");
    var fake = new NodeClock(folder.resolve("proc"), () -> Instant.EPOCH);
    assertThat(fake.read())
        .isEqualTo(new NodeClock.Reading("b", Duration.ofMillis(12_340), Instant.EPOCH));
    Files.writeString(folder.resolve("proc/uptime"), "soon\n");
    Assertions.assertThatThrownBy(fake::read)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("uptime");
  }
}
