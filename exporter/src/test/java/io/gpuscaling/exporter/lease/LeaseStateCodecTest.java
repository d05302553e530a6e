package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.lease.LeaseState.DrainingPod;
import io.gpuscaling.exporter.lease.LeaseState.EndedTask;
import io.gpuscaling.exporter.lease.LeaseState.HeldSession;
import io.gpuscaling.exporter.lease.LeaseState.HeldTask;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LeaseStateCodecTest {

  private static final PodIdentity POD = new PodIdentity("media", "worker-0", "uid-0");
  private static final PodIdentity OTHER = new PodIdentity("flows", "worker-1", "uid-1");
  private static final NodeClock.Reading AT =
      new NodeClock.Reading("boot-1", Duration.ofMillis(12_345_670), Instant.ofEpochMilli(1_000));

  static LeaseStateCodec.Content sample() {
    return new LeaseStateCodec.Content(
        "node-a",
        AT,
        new LeaseState(
            List.of(
                new HeldSession(
                    POD,
                    "s-1",
                    7,
                    List.of(
                        new HeldTask("t-1", "video", "jobs", OptionalLong.of(5), 6),
                        new HeldTask("t-2", "", "demandes-é", OptionalLong.empty(), 7))),
                new HeldSession(OTHER, "s-2", 9, List.of())),
            List.of(new EndedTask(POD, "t-0", 11)),
            List.of(new DrainingPod(OTHER, 13))));
  }

  @Test
  void decodeOfEncoded_isTheSame() {
    assertThat(LeaseStateCodec.decode(LeaseStateCodec.encode(sample())))
        .isEqualTo(new LeaseStateCodec.Decoded.Read(sample()));
  }

  @Test
  void everyCut_isTorn() {
    byte[] whole = LeaseStateCodec.encode(sample());
    for (int length = 0; length < whole.length; length++) {
      assertThat(reason(Arrays.copyOf(whole, length)))
          .as("cut at %d", length)
          .isEqualTo(StateFileReading.Reason.TORN);
    }
  }

  @Test
  void everyFlippedBit_isSeen() {
    byte[] whole = LeaseStateCodec.encode(sample());
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(reason(flipped)).as("bit %d", bit).isNotNull();
    }
  }

  @Test
  void moreThanWasWritten_isCorrupt() {
    byte[] whole = LeaseStateCodec.encode(sample());
    assertThat(reason(Arrays.copyOf(whole, whole.length + 1)))
        .isEqualTo(StateFileReading.Reason.CORRUPT);
  }

  @Test
  void otherFile_isOtherFormat() {
    assertThat(reason("kind: Pod\nmetadata: {name: x}\n".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(StateFileReading.Reason.OTHER_FORMAT);
  }

  /** Whoever can make a checksum can write anything: no crash, and no more than the bounds. */
  @Test
  void anyContentWithARightChecksum_isReadOrCorrupt() {
    var random = new SplittableRandom(20_261_130);
    byte[] whole = LeaseStateCodec.encode(sample());
    int corrupt = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] body = Arrays.copyOfRange(whole, LeaseStateCodec.HEADER_BYTES, whole.length);
      for (int change = random.nextInt(1, 4); change > 0; change--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt();
      }
      byte[] cut =
          Arrays.copyOf(body, random.nextInt(4) == 0 ? random.nextInt(body.length) : body.length);
      StateFileReading.Reason reason = reason(sealed(cut));
      assertThat(reason).isIn(null, StateFileReading.Reason.CORRUPT);
      corrupt += reason == null ? 0 : 1;
    }
    assertThat(corrupt).isPositive();
  }

  @Test
  void moreThanTheBounds_isCorrupt() {
    List<HeldTask> tasks = new ArrayList<>();
    for (int i = 0; i <= LeaseLimits.MAX_TASKS_PER_SESSION; i++) {
      tasks.add(new HeldTask("t-" + i, "", "", OptionalLong.empty(), 1));
    }
    assertThat(reasonOf(List.of(new HeldSession(POD, "s", 1, tasks))))
        .isEqualTo(StateFileReading.Reason.CORRUPT);

    List<HeldSession> full = new ArrayList<>();
    for (int i = 0; i <= LeaseLimits.MAX_TASKS / LeaseLimits.MAX_TASKS_PER_SESSION; i++) {
      full.add(new HeldSession(POD, "s-" + i, 1, tasks.subList(1, tasks.size())));
    }
    assertThat(reasonOf(full)).isEqualTo(StateFileReading.Reason.CORRUPT);
    assertThat(reasonOf(full.subList(1, full.size()))).isNull();

    long tooLong = LeaseLimits.MAX_TIME_TO_LIVE.toNanos() + 1;
    assertThat(reasonOf(List.of(new HeldSession(POD, "s", tooLong, List.of()))))
        .isEqualTo(StateFileReading.Reason.CORRUPT);
    assertThat(reasonOf(List.of(new HeldSession(POD, "s", -1, List.of()))))
        .isEqualTo(StateFileReading.Reason.CORRUPT);
  }

  private static StateFileReading.@Nullable Reason reasonOf(List<HeldSession> sessions) {
    return reason(
        LeaseStateCodec.encode(
            new LeaseStateCodec.Content("n", AT, new LeaseState(sessions, List.of(), List.of()))));
  }

  private static byte[] sealed(byte[] body) {
    byte[] whole = LeaseStateCodec.encode(sample());
    var sum = new CRC32C();
    sum.update(body);
    return ByteBuffer.allocate(LeaseStateCodec.HEADER_BYTES + body.length)
        .put(whole, 0, Long.BYTES + Integer.BYTES)
        .putInt(body.length)
        .putInt((int) sum.getValue())
        .put(body)
        .array();
  }

  private static StateFileReading.@Nullable Reason reason(byte[] bytes) {
    return switch (LeaseStateCodec.decode(bytes)) {
      case LeaseStateCodec.Decoded.Read _ -> null;
      case LeaseStateCodec.Decoded.Broken(StateFileReading.Reason reason, _) -> reason;
    };
  }
}
