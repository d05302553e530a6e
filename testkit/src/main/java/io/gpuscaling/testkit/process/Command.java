package io.gpuscaling.testkit.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a short command to its end. */
public final class Command {

  private static final int OUTPUT_BYTES_MAX = 64 << 20;
  private static final Executor VIRTUAL = task -> Thread.ofVirtual().start(task);

  private Command() {}

  /**
   * What a command answered.
   *
   * @param command program and arguments
   * @param exitCode its exit code
   * @param stdout its standard output
   * @param stderr its standard error
   */
  public record Result(List<String> command, int exitCode, String stdout, String stderr) {

    /** Copies the command. */
    public Result {
      command = List.copyOf(command);
    }

    /** Whether the exit code is 0. */
    public boolean isSuccess() {
      return exitCode == 0;
    }

    /**
     * The standard output of a command that must not fail.
     *
     * @throws ProcessFailedException when the exit code is not 0
     */
    public String orThrow() {
      if (exitCode != 0) {
        throw new ProcessFailedException(
            "%s: exit code %d%n%s%s".formatted(command.getFirst(), exitCode, stderr, stdout));
      }
      return stdout;
    }
  }

  /** Runs a command with no input. */
  public static Result run(List<String> command, Duration timeout) {
    return run(command, Map.of(), "", timeout);
  }

  /**
   * Runs a command.
   *
   * @param environment variables that are set on top of this process's own
   * @param input what it reads from standard input
   * @throws ProcessFailedException when it cannot be run, writes more than 64 MiB, or still runs
   *     after the timeout; it is killed then
   */
  public static Result run(
      List<String> command, Map<String, String> environment, String input, Duration timeout) {
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    String program = command.getFirst();
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new ProcessFailedException("cannot run " + program + ": " + e.getMessage(), e);
    }
    try {
      var stdout = read(process.getInputStream());
      var stderr = read(process.getErrorStream());
      Thread.ofVirtual().start(() -> write(process.getOutputStream(), input));
      if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new ProcessFailedException(program + " still runs after " + timeout);
      }
      return new Result(
          command,
          process.exitValue(),
          stdout.get(timeout.toNanos(), TimeUnit.NANOSECONDS),
          stderr.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProcessFailedException("interrupted while " + program + " ran", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new ProcessFailedException("cannot read what " + program + " wrote", e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static void write(OutputStream stream, String input) {
    try (stream) {
      stream.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended or closed its input before it had read everything; its exit code says the rest.
    }
  }

  private static CompletableFuture<String> read(InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (stream) {
            byte[] bytes = stream.readNBytes(OUTPUT_BYTES_MAX + 1);
            if (bytes.length > OUTPUT_BYTES_MAX) {
              throw new ProcessFailedException("more than " + OUTPUT_BYTES_MAX + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new ProcessFailedException("cannot read", e);
          }
        },
        VIRTUAL);
  }
}
