package io.gpuscaling.core.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A command line, taken apart.
 *
 * @param flags texts of each flag that was given, in order; the program's and the subcommand's
 * @param subcommandName or null
 * @param positionals what was given besides flags
 * @param problems what makes no sense
 */
record Arguments(
    Map<String, List<String>> flags,
    @Nullable String subcommandName,
    List<String> positionals,
    List<ConfigProblem> problems) {

  boolean has(String flag) {
    return flags.containsKey(flag);
  }

  List<String> texts(String flag) {
    return flags.getOrDefault(flag, List.of());
  }

  Optional<String> subcommand() {
    return Optional.ofNullable(subcommandName);
  }
}
