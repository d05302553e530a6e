package io.gpuscaling.benchmarks.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What Linux says that a process has used.
 *
 * @param cpu user and system time of all its threads since its start, in steps of 10 ms
 * @param residentBytes memory that is in RAM now, shared libraries included
 */
public record ProcessUsage(Duration cpu, long residentBytes) {

  /** {@code sysconf(_SC_CLK_TCK)}: 100 on every Linux that the programs run on. */
  private static final long TICK_MILLIS = 10;

  private static final int USER_TIME_FIELD = 14; // proc(5), counted from 1
  private static final int COMMAND_FIELD = 2;

  /**
   * Reads it.
   *
   * @throws UncheckedIOException when there is no such process
   */
  public static ProcessUsage of(long pid) {
    Path folder = Path.of("/proc", Long.toString(pid));
    try {
      return parse(
          Files.readString(folder.resolve("stat")), Files.readString(folder.resolve("status")));
    } catch (IOException e) {
      throw new UncheckedIOException("no process " + pid, e);
    }
  }

  /** Reads the texts of {@code /proc/PID/stat} and {@code /proc/PID/status}. */
  static ProcessUsage parse(String stat, String status) {
    // The command may hold blanks and parentheses: fields are counted from its last parenthesis.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ", -1);
    int user = USER_TIME_FIELD - COMMAND_FIELD - 1;
    long ticks = Long.parseLong(fields[user]) + Long.parseLong(fields[user + 1]);
    long kibibytes =
        status
            .lines()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no VmRSS: the process has ended"));
    return new ProcessUsage(Duration.ofMillis(ticks * TICK_MILLIS), kibibytes * 1024);
  }

  /** Resident memory in MiB. */
  public double residentMebibytes() {
    return residentBytes / (1024.0 * 1024.0);
  }

  /** The CPU time since an earlier reading. */
  public Duration cpuSince(ProcessUsage earlier) {
    return cpu.minus(earlier.cpu);
  }
}
