package io.gpuscaling.exporter.apps;

import java.util.regex.Pattern;
import tools.jackson.core.JsonPointer;

/** Which number of an application's page says how many tasks run. */
public sealed interface AppNumber {

  /**
   * The sum of all series of a name on a Prometheus page.
   *
   * @param name of the metric
   */
  record Metric(String name) implements AppNumber {

    private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]{0,254}");

    /** Refuses what is no name of a metric. */
    public Metric {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException("'" + name + "' is not the name of a metric");
      }
    }
  }

  /**
   * A number in a JSON answer, or a list whose items are counted.
   *
   * @param path RFC 6901; of the whole answer when it is empty
   */
  record Pointer(JsonPointer path) implements AppNumber {

    /**
     * Of this text.
     *
     * @throws IllegalArgumentException when it is no JSON pointer
     */
    public static Pointer parse(String text) {
      if (!text.isEmpty() && !text.startsWith("/")) {
        throw new IllegalArgumentException(
            "'" + text + "' is not a JSON pointer: it begins with '/'");
      }
      return new Pointer(JsonPointer.compile(text));
    }
  }
}
