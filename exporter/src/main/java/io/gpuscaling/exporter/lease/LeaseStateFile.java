package io.gpuscaling.exporter.lease;

import io.gpuscaling.exporter.lease.StateFileReading.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;

/**
 * The file in which the leases of a node outlive its exporter. It is replaced as a whole, so that
 * whoever reads it finds one state or the other; only its owner can read it. For use by one thread.
 */
final class LeaseStateFile {

  /** Some 15,000 tasks. A state that needs more is not kept. */
  static final int MAX_BYTES = 4 << 20;

  /**
   * So much may the node's clocks differ over the age of a file: one that is set is set by more,
   * and one that is drawn near by less.
   */
  static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(1);

  private final Path file;
  private final Path next;
  private final String node;

  /**
   * A file of a node's leases.
   *
   * @param file in a folder that exists
   */
  LeaseStateFile(Path file, String node) {
    this.file = file;
    this.next = file.resolveSibling(file.getFileName() + ".next");
    this.node = node;
  }

  /**
   * Replaces the file.
   *
   * @param at read before the state was taken
   * @return whether it is kept; false when it is too large: no older one is left then
   */
  boolean write(LeaseState state, NodeClock.Reading at) throws IOException {
    byte[] bytes = LeaseStateCodec.encode(new LeaseStateCodec.Content(node, at, state));
    if (bytes.length > MAX_BYTES) {
      Files.deleteIfExists(file);
      return false;
    }
    Files.deleteIfExists(next); // of a process that ended while it wrote
    try (FileChannel out =
        FileChannel.open(
            next,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        out.write(left);
      }
      out.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
        names.force(true);
      }
    }
    return true;
  }

  /**
   * Reads what an earlier process has written.
   *
   * @param now read before the registry goes on with it
   */
  StateFileReading read(NodeClock.Reading now, Duration timeToLive) {
    byte[] bytes;
    try {
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        return new StateFileReading.Unusable(Reason.ABSENT, "there is none");
      }
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        return new StateFileReading.Unusable(Reason.UNREADABLE, "it is no regular file");
      }
      try (FileChannel in =
          FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
        bytes = Channels.newInputStream(in).readNBytes(MAX_BYTES + 1);
      }
    } catch (NoSuchFileException _) {
      return new StateFileReading.Unusable(Reason.ABSENT, "there is none");
    } catch (IOException e) {
      return new StateFileReading.Unusable(Reason.UNREADABLE, e.toString());
    }
    if (bytes.length > MAX_BYTES) {
      return new StateFileReading.Unusable(
          Reason.TOO_LARGE, "it has more than " + MAX_BYTES + " bytes");
    }
    return switch (LeaseStateCodec.decode(bytes)) {
      case LeaseStateCodec.Decoded.Broken(Reason reason, String detail) ->
          new StateFileReading.Unusable(reason, detail);
      case LeaseStateCodec.Decoded.Read(LeaseStateCodec.Content content) ->
          judge(content, now, timeToLive);
    };
  }

  private StateFileReading judge(
      LeaseStateCodec.Content content, NodeClock.Reading now, Duration timeToLive) {
    if (!content.node().equals(node)) {
      return new StateFileReading.Unusable(Reason.OTHER_NODE, "it is that of " + content.node());
    }
    if (!content.writtenAt().bootId().equals(now.bootId())) {
      return new StateFileReading.Unusable(Reason.OTHER_BOOT, "the node was booted since");
    }
    Duration byUptime = now.uptime().minus(content.writtenAt().uptime());
    Duration byWall = Duration.between(content.writtenAt().wall(), now.wall());
    if (byUptime.isNegative() || byUptime.minus(byWall).abs().compareTo(CLOCK_TOLERANCE) > 0) {
      return new StateFileReading.Unusable(
          Reason.CLOCK,
          "it is "
              + byUptime
              + " old by the time since the boot, "
              + byWall
              + " by the wall clock");
    }
    Duration longer = byUptime.compareTo(byWall) > 0 ? byUptime : byWall;
    Duration age = longer.plus(NodeClock.RESOLUTION);
    return age.compareTo(timeToLive) >= 0
        ? new StateFileReading.Unusable(Reason.OLD, "it is " + age.toSeconds() + " s old")
        : new StateFileReading.Usable(content.state(), age.toNanos());
  }
}
