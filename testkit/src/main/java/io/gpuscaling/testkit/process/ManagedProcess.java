package io.gpuscaling.testkit.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A child process that is ended by its handle: on {@link #close}, or when this JVM exits. Never by
 * name, so that nothing else on the machine is touched. Safe for use by any thread.
 */
public final class ManagedProcess implements AutoCloseable {

  /** How long {@link #close} waits for an orderly end before it kills. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);

  private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
  private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);
  private static final int LOG_TAIL_LINES = 40;

  private final ProcessSpec spec;
  private final Process process;
  private final Thread exitHook;

  private ManagedProcess(ProcessSpec spec, Process process) {
    this.spec = spec;
    this.process = process;
    this.exitHook = new Thread(this::killAll, "end-" + spec.name());
  }

  /**
   * Starts the process.
   *
   * @throws ProcessFailedException when the program cannot be run
   */
  public static ManagedProcess start(ProcessSpec spec) {
    try {
      var folder = spec.logFile().toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      var builder =
          new ProcessBuilder(spec.command())
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .redirectOutput(ProcessBuilder.Redirect.appendTo(spec.logFile().toFile()));
      builder.environment().putAll(spec.environment());
      var managed = new ManagedProcess(spec, builder.start());
      Runtime.getRuntime().addShutdownHook(managed.exitHook);
      return managed;
    } catch (IOException e) {
      throw new ProcessFailedException("cannot start " + spec.name() + ": " + e.getMessage(), e);
    }
  }

  /** What people call it. */
  public String name() {
    return spec.name();
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it runs (a frozen process does). */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Everything that it has written so far. */
  public String log() {
    try {
      // A log may end within a character: decode leniently.
      return new String(Files.readAllBytes(spec.logFile()), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the log of " + spec.name(), e);
    }
  }

  /**
   * Waits until a condition holds. The condition is asked on another thread, every 50 ms.
   *
   * @param what the condition in words, for the message: "is ready"
   * @throws ProcessFailedException when the process ends first or the timeout passes; the message
   *     holds the end of its log
   */
  public void await(String what, Duration timeout, BooleanSupplier condition) {
    var reached = new AtomicBoolean();
    try {
      Awaitility.await(spec.name() + " " + what)
          .pollDelay(Duration.ZERO)
          .pollInterval(POLL_INTERVAL)
          .atMost(timeout)
          .until(() -> {
            boolean alive = isAlive();
            reached.set(condition.getAsBoolean());
            return reached.get() || !alive;
          });
    } catch (ConditionTimeoutException e) {
      throw new ProcessFailedException(
          "%s: not \"%s\" after %s. End of %s:%n%s"
              .formatted(spec.name(), what, timeout, spec.logFile(), logTail()),
          e);
    }
    if (!reached.get()) {
      throw new ProcessFailedException(
          "%s ended with exit code %d before it \"%s\". End of %s:%n%s"
              .formatted(spec.name(), process.exitValue(), what, spec.logFile(), logTail()));
    }
  }

  /**
   * Waits until the process has ended.
   *
   * @return its exit code; 128 + number for a signal
   * @throws ProcessFailedException when it still runs after the timeout
   */
  public int awaitExit(Duration timeout) {
    if (!waitFor(timeout)) {
      throw new ProcessFailedException(
          "%s still runs after %s. End of %s:%n%s"
              .formatted(spec.name(), timeout, spec.logFile(), logTail()));
    }
    return process.exitValue();
  }

  /**
   * Sends a signal to the process (not to its children).
   *
   * @throws ProcessFailedException when it has ended already
   */
  public void signal(ProcessSignal signal) {
    if (!isAlive()) {
      throw new ProcessFailedException(spec.name() + " has ended; cannot send it " + signal);
    }
    Command.run(List.of("kill", "-" + signal.name(), Long.toString(pid())), KILL_DEADLINE)
        .orThrow();
  }

  /** Kills the process at once, as a crash would; its children are left to themselves. */
  public void kill() {
    process.destroyForcibly();
    waitFor(KILL_DEADLINE);
  }

  /**
   * Asks the process to end, and kills it when it has not after the grace time. Children that are
   * left are killed. Stopping what has ended does nothing.
   */
  public void stop(Duration grace) {
    List<ProcessHandle> children = process.descendants().toList();
    if (isAlive()) {
      // A frozen process takes no TERM.
      Command.run(List.of("kill", "-CONT", Long.toString(pid())), KILL_DEADLINE);
      process.destroy();
      if (!waitFor(grace)) {
        process.destroyForcibly();
        waitFor(KILL_DEADLINE);
      }
    }
    children.forEach(ProcessHandle::destroyForcibly);
    forgetExitHook();
  }

  /** Stops with the default grace time. */
  @Override
  public void close() {
    stop(DEFAULT_GRACE);
  }

  @Override
  public String toString() {
    return "ManagedProcess[" + spec.name() + " " + pid() + "]";
  }

  private boolean waitFor(Duration timeout) {
    try {
      return process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    }
  }

  private void killAll() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  private void forgetExitHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(exitHook);
    } catch (IllegalStateException e) {
      // The JVM is exiting: the hook runs, and finds nothing to end.
    }
  }

  private String logTail() {
    var lines = log().lines().toList();
    return String.join(
        "\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
  }
}
