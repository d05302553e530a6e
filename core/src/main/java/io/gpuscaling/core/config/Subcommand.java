package io.gpuscaling.core.config;

import java.io.InputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * A command of a program besides running it, such as {@code check-config}.
 *
 * @param name as typed
 * @param argument stands for its one optional argument in usage text, empty when it takes none
 * @param summary one sentence
 * @param options its own flags, besides the program's
 * @param body does it and answers the exit code
 */
public record Subcommand(
    String name, String argument, String summary, List<Option> options, ToIntFunction<Call> body) {

  /** Copies the list. */
  public Subcommand {
    options = List.copyOf(options);
  }

  /**
   * A flag of one subcommand.
   *
   * @param flag with its two hyphens
   * @param allowed the values that it takes
   * @param defaultValue the one that holds when it is not given
   * @param description one sentence
   */
  public record Option(String flag, List<String> allowed, String defaultValue, String description) {

    /** Copies the list. */
    public Option {
      allowed = List.copyOf(allowed);
      if (!allowed.contains(defaultValue)) {
        throw new IllegalArgumentException(defaultValue + " is not a value of " + flag);
      }
    }
  }

  /**
   * One invocation.
   *
   * @param options a value for each of its options, by flag
   * @param arguments what was given besides flags: none or one
   * @param configuration the program's configuration; it is for the subcommand to say whether it
   *     needs a valid one
   * @param in what is piped in
   * @param out for results
   * @param err for complaints
   */
  public record Call(
      Map<String, String> options,
      List<String> arguments,
      ConfigResult configuration,
      InputStream in,
      PrintWriter out,
      PrintWriter err) {}
}
