package io.gpuscaling.core.config;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tells variables that only share our prefix from misspelled ones. The kubelet sets variables for
 * each Service of the namespace ({@code GPUSCALING_METRICS_ADAPTER_SERVICE_HOST}); both name and
 * value have to look like one, so that a misspelled {@code GPUSCALING_SECUR_PORT=8443} is seen.
 */
final class EnvironmentNames {

  /** Read by the launchers in bin/. */
  private static final Set<String> OTHERS =
      Set.of(ScalarKey.VARIABLE_PREFIX + "JAVA_OPTS", ConfigSchema.FILE_VARIABLE);

  private static final Pattern SERVICE_HOST = Pattern.compile(".*_SERVICE_HOST");
  private static final Pattern SERVICE_PORT = Pattern.compile(".*_SERVICE_PORT(_[A-Z0-9_]+)?");
  private static final Pattern LINK = Pattern.compile(".*_PORT(_\\d+_(TCP|UDP|SCTP))?");
  private static final Pattern LINK_PART =
      Pattern.compile(".*_PORT_\\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)");
  private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F.:]+");
  private static final Pattern NUMBER = Pattern.compile("\\d+");
  private static final Pattern LINK_VALUE = Pattern.compile("(tcp|udp|sctp)://.*");

  private EnvironmentNames() {}

  /** Whether a variable is meant for the configuration of the program. */
  static boolean isMeantForUs(String name, String value) {
    return name.startsWith(ScalarKey.VARIABLE_PREFIX)
        && !OTHERS.contains(name)
        && !isServiceLink(name, value);
  }

  private static boolean isServiceLink(String name, String value) {
    return both(SERVICE_HOST, name, ADDRESS, value)
        || both(SERVICE_PORT, name, NUMBER, value)
        || both(LINK, name, LINK_VALUE, value)
        || LINK_PART.matcher(name).matches();
  }

  private static boolean both(
      Pattern namePattern, String name, Pattern valuePattern, String value) {
    return namePattern.matcher(name).matches() && valuePattern.matcher(value).matches();
  }
}
