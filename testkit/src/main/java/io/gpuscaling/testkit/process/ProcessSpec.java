package io.gpuscaling.testkit.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How a child process is started. Its text form shows neither arguments nor environment, which may
 * hold secrets.
 *
 * @param name what people call it, used in messages
 * @param command program and arguments
 * @param environment variables that are set on top of this process's own
 * @param logFile takes standard output and standard error, appended; its folder is made when
 *     missing
 */
public record ProcessSpec(
    String name, List<String> command, Map<String, String> environment, Path logFile) {

  /** Copies the lists. */
  public ProcessSpec {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
    if (command.isEmpty()) {
      throw new IllegalArgumentException(name + ": no command");
    }
  }

  /** A process with this process's own environment. */
  public static ProcessSpec of(String name, Path logFile, List<String> command) {
    return new ProcessSpec(name, command, Map.of(), logFile);
  }

  /** The same with these variables and no others of its own. */
  public ProcessSpec withEnvironment(Map<String, String> variables) {
    return new ProcessSpec(name, command, variables, logFile);
  }

  @Override
  public String toString() {
    return "ProcessSpec[" + name + "]";
  }
}
