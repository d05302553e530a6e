package io.gpuscaling.exporter.lease;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A worker in another language, as a process, that is told line by line what to do. */
final class WorkerProcess implements AutoCloseable {

  private static final Path CLIENTS = Path.of("../clients").toAbsolutePath().normalize();
  private static final Path DRIVERS =
      Path.of("src/test/resources/io/gpuscaling/exporter/lease").toAbsolutePath();

  private final Process process;
  private final BufferedWriter in;
  private final BufferedReader out;

  /** A language that there is a client for. */
  enum Language {
    PYTHON("python3", "python/gpu_task.py", "worker.py"),
    NODE("node", "node/gpu-task.mjs", "worker.mjs");

    private final String program;
    private final String client;
    private final String driver;

    Language(String program, String client, String driver) {
      this.program = program;
      this.client = client;
      this.driver = driver;
    }

    /** The client's preStop helper. */
    List<String> drain(String... arguments) {
      var command = new ArrayList<>(List.of(program, CLIENTS.resolve(client).toString(), "drain"));
      command.addAll(List.of(arguments));
      return command;
    }

    /** A worker that runs, with this environment. */
    WorkerProcess start(Map<String, String> environment) throws IOException {
      return new WorkerProcess(
          List.of(program, DRIVERS.resolve(driver).toString(), CLIENTS.resolve(client).toString()),
          environment);
    }
  }

  /** The preStop helper for workers in any language. */
  static List<String> shellDrain(String... arguments) {
    var command =
        new ArrayList<>(List.of("sh", CLIENTS.resolve("shell/gpu-task-drain").toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  private WorkerProcess(List<String> command, Map<String, String> environment) throws IOException {
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    process = builder.start();
    in = process.outputWriter(StandardCharsets.UTF_8);
    out = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Says a line and waits for the answer. */
  String tell(String line) {
    try {
      in.write(line + "\n");
      in.flush();
      String answer = out.readLine();
      if (answer == null) {
        throw new AssertionError("the worker has ended over: " + line);
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says that there is nothing more to do; the exit code. */
  int finish() throws IOException, InterruptedException {
    in.close();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      throw new AssertionError("the worker does not end");
    }
    return process.exitValue();
  }

  /** Is killed. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
