package io.gpuscaling.exporter.lease;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Tells which boot of the node this is and how far it has come: what two processes, one after the
 * other, can both read. By Linux's {@code /proc}. Safe for use by any thread.
 */
public final class NodeClock {

  /** The kernel counts the time since the boot in hundredths of a second. */
  static final Duration RESOLUTION = Duration.ofMillis(10);

  private final Path proc;
  private final InstantSource clock;

  /** The clock of the node that shows itself in a folder: {@code /proc}. */
  public NodeClock(Path proc, InstantSource clock) {
    this.proc = proc;
    this.clock = clock;
  }

  /**
   * An instant by both clocks of the node.
   *
   * @param bootId of the kernel, another after each boot
   * @param uptime since the boot; never set, and steps by {@link #RESOLUTION}
   * @param wall may be set at any time, forward and back
   */
  record Reading(String bootId, Duration uptime, Instant wall) {}

  /**
   * Reads both clocks.
   *
   * @throws IOException when the kernel does not tell; the message names the file
   */
  Reading read() throws IOException {
    Path boot = proc.resolve("sys/kernel/random/boot_id");
    Path uptime = proc.resolve("uptime");
    String seconds = Files.readString(uptime).strip().split(" ", -1)[0];
    try {
      return new Reading(
          Files.readString(boot).strip(),
          Duration.ofMillis(new BigDecimal(seconds).movePointRight(3).longValueExact()),
          clock.instant());
    } catch (ArithmeticException | NumberFormatException _) {
      throw new IOException(uptime + ": not a number of seconds");
    }
  }
}
