package io.gpuscaling.exporter.lease;

import io.gpuscaling.exporter.lease.LeaseState.DrainingPod;
import io.gpuscaling.exporter.lease.LeaseState.EndedTask;
import io.gpuscaling.exporter.lease.LeaseState.HeldSession;
import io.gpuscaling.exporter.lease.LeaseState.HeldTask;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * The bytes of a file of leases: a mark, a version, the length and the checksum of what follows,
 * then where and when it was written, the pods by number, and what is known of them. Pure.
 */
final class LeaseStateCodec {

  /** "GPULEASE". */
  private static final long MARK = 0x4750554c45415345L;

  private static final int VERSION = 1;

  /** Mark, version, length, checksum. */
  static final int HEADER_BYTES = Long.BYTES + 3 * Integer.BYTES;

  private static final long NOT_KNOWN = -1;

  private LeaseStateCodec() {}

  /**
   * What a file holds.
   *
   * @param writtenAt not after the instant of the state
   */
  record Content(String node, NodeClock.Reading writtenAt, LeaseState state) {}

  /** What came of reading bytes: {@link Content}, or why they hold none. */
  sealed interface Decoded {

    /** They hold this. */
    record Read(Content content) implements Decoded {}

    /** They are not what was written. */
    record Broken(StateFileReading.Reason reason, String detail) implements Decoded {}
  }

  static byte[] encode(Content content) {
    try {
      var bytes = new ByteArrayOutputStream();
      write(new DataOutputStream(bytes), content);
      byte[] body = bytes.toByteArray();
      return ByteBuffer.allocate(HEADER_BYTES + body.length)
          .putLong(MARK)
          .putInt(VERSION)
          .putInt(body.length)
          .putInt(checksum(body))
          .put(body)
          .array();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array takes all
    }
  }

  private static int checksum(byte[] body) {
    var sum = new CRC32C();
    sum.update(body);
    return (int) sum.getValue();
  }

  private static void write(DataOutputStream out, Content content) throws IOException {
    out.writeUTF(content.node());
    out.writeUTF(content.writtenAt().bootId());
    out.writeLong(content.writtenAt().uptime().toMillis());
    out.writeLong(content.writtenAt().wall().toEpochMilli());
    LeaseState state = content.state();
    Map<PodIdentity, Integer> pods = new LinkedHashMap<>();
    state.sessions().forEach(each -> pods.putIfAbsent(each.pod(), pods.size()));
    state.ended().forEach(each -> pods.putIfAbsent(each.pod(), pods.size()));
    state.draining().forEach(each -> pods.putIfAbsent(each.pod(), pods.size()));
    out.writeInt(pods.size());
    for (PodIdentity pod : pods.keySet()) {
      out.writeUTF(pod.namespace());
      out.writeUTF(pod.name());
      out.writeUTF(pod.uid());
    }
    out.writeInt(state.sessions().size());
    for (HeldSession session : state.sessions()) {
      out.writeInt(pods.getOrDefault(session.pod(), 0));
      out.writeUTF(session.id());
      out.writeLong(session.leftNanos());
      out.writeInt(session.tasks().size());
      for (HeldTask task : session.tasks()) {
        out.writeUTF(task.id());
        out.writeUTF(task.taskClass());
        out.writeUTF(task.queue());
        out.writeLong(task.ranNanos().orElse(NOT_KNOWN));
        out.writeLong(task.leftNanos());
      }
    }
    out.writeInt(state.ended().size());
    for (EndedTask task : state.ended()) {
      out.writeInt(pods.getOrDefault(task.pod(), 0));
      out.writeUTF(task.id());
      out.writeLong(task.leftNanos());
    }
    out.writeInt(state.draining().size());
    for (DrainingPod pod : state.draining()) {
      out.writeInt(pods.getOrDefault(pod.pod(), 0));
      out.writeLong(pod.leftNanos());
    }
  }

  static Decoded decode(byte[] bytes) {
    if (bytes.length < HEADER_BYTES) {
      return new Decoded.Broken(
          StateFileReading.Reason.TORN, "it has " + bytes.length + " bytes, less than a header");
    }
    ByteBuffer header = ByteBuffer.wrap(bytes);
    if (header.getLong() != MARK || header.getInt() != VERSION) {
      return new Decoded.Broken(
          StateFileReading.Reason.OTHER_FORMAT, "it is no file of leases of this version");
    }
    int length = header.getInt();
    int sum = header.getInt();
    if (length < 0 || length > header.remaining()) {
      return new Decoded.Broken(
          StateFileReading.Reason.TORN,
          "it has " + header.remaining() + " of " + length + " bytes");
    }
    byte[] body = new byte[length];
    header.get(body);
    if (header.hasRemaining() || checksum(body) != sum) {
      return new Decoded.Broken(StateFileReading.Reason.CORRUPT, "its checksum is another");
    }
    try (var in = new DataInputStream(new ByteArrayInputStream(body))) {
      return new Decoded.Read(new BodyReader(in).read());
    } catch (IOException | IllegalArgumentException e) {
      return new Decoded.Broken(
          StateFileReading.Reason.CORRUPT, "its content breaks a bound: " + e.getMessage());
    }
  }

  /** Reads a body whose checksum is right: what is still wrong with it is a bug or ill will. */
  private record BodyReader(DataInputStream in) {

    Content read() throws IOException {
      String node = in.readUTF();
      var writtenAt =
          new NodeClock.Reading(
              in.readUTF(), Duration.ofMillis(in.readLong()), Instant.ofEpochMilli(in.readLong()));
      List<PodIdentity> pods = new ArrayList<>();
      for (int left = count(MAX_PODS); left > 0; left--) {
        pods.add(new PodIdentity(in.readUTF(), in.readUTF(), in.readUTF()));
      }
      var state = new LeaseState(sessions(pods), ended(pods), draining(pods));
      if (in.available() > 0) {
        throw new IOException(in.available() + " bytes too many");
      }
      return new Content(node, writtenAt, state);
    }

    private List<HeldSession> sessions(List<PodIdentity> pods) throws IOException {
      List<HeldSession> sessions = new ArrayList<>();
      int tasksInAll = 0;
      for (int left = count(LeaseLimits.MAX_SESSIONS); left > 0; left--) {
        PodIdentity pod = pod(pods);
        String id = in.readUTF();
        long leftNanos = left(LeaseLimits.MAX_TIME_TO_LIVE);
        List<HeldTask> tasks = new ArrayList<>();
        for (int more = count(LeaseLimits.MAX_TASKS_PER_SESSION); more > 0; more--) {
          tasks.add(
              new HeldTask(
                  in.readUTF(),
                  in.readUTF(),
                  in.readUTF(),
                  ran(),
                  left(LeaseLimits.MAX_TIME_TO_LIVE)));
        }
        tasksInAll += tasks.size();
        bound("tasks", tasksInAll, LeaseLimits.MAX_TASKS);
        sessions.add(new HeldSession(pod, id, leftNanos, tasks));
      }
      return sessions;
    }

    private List<EndedTask> ended(List<PodIdentity> pods) throws IOException {
      List<EndedTask> ended = new ArrayList<>();
      for (int left = count(LeaseLimits.MAX_TOMBSTONES); left > 0; left--) {
        ended.add(
            new EndedTask(
                pod(pods), in.readUTF(), left(LeaseLimits.MAX_TIME_TO_LIVE.multipliedBy(2))));
      }
      return ended;
    }

    private List<DrainingPod> draining(List<PodIdentity> pods) throws IOException {
      List<DrainingPod> draining = new ArrayList<>();
      for (int left = count(LeaseLimits.MAX_DRAINING_PODS); left > 0; left--) {
        draining.add(
            new DrainingPod(pod(pods), left(LeaseLimits.MAX_TIME_TO_LIVE.multipliedBy(2))));
      }
      return draining;
    }

    private PodIdentity pod(List<PodIdentity> pods) throws IOException {
      int number = in.readInt();
      if (number < 0 || number >= pods.size()) {
        throw new IOException("no pod " + number);
      }
      return pods.get(number);
    }

    private OptionalLong ran() throws IOException {
      long ranNanos = in.readLong();
      return ranNanos < 0 ? OptionalLong.empty() : OptionalLong.of(ranNanos);
    }

    private long left(Duration most) throws IOException {
      long leftNanos = in.readLong();
      if (leftNanos < 0 || leftNanos > most.toNanos()) {
        throw new IOException("a time of " + leftNanos + " ns");
      }
      return leftNanos;
    }

    private int count(int most) throws IOException {
      int count = in.readInt();
      bound("entries", count, most);
      return count;
    }

    private static void bound(String what, int count, int most) throws IOException {
      if (count < 0 || count > most) {
        throw new IOException(count + " " + what);
      }
    }
  }

  /** Of sessions, ended tasks and marks, if each were of another pod. */
  private static final int MAX_PODS =
      LeaseLimits.MAX_SESSIONS + LeaseLimits.MAX_TOMBSTONES + LeaseLimits.MAX_DRAINING_PODS;
}
