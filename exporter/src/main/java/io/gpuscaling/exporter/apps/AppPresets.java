package io.gpuscaling.exporter.apps;

import io.gpuscaling.core.metric.Exactness;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** How known applications tell what runs in them: {@code app-presets.csv} beside this class. */
public final class AppPresets {

  private static final String RESOURCE = "app-presets.csv";
  private static final String HEADER = "preset,url,kind,value,exactness";
  private static final int COLUMNS = 5;

  private AppPresets() {}

  /**
   * One application.
   *
   * @param url of a pod's page, with the port that it has by default
   * @param number which number of the page
   * @param exactness how it stands to the running tasks
   */
  public record Preset(AppUrl url, AppNumber number, Exactness exactness) {}

  /** All that come with this program, by name. */
  public static Map<String, Preset> builtIn() {
    var presets = new TreeMap<String, Preset>();
    try (InputStream table =
            Objects.requireNonNull(
                AppPresets.class.getResourceAsStream(RESOURCE), "app-presets.csv is missing");
        var lines = new BufferedReader(new InputStreamReader(table, StandardCharsets.UTF_8))) {
      lines
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#") && !line.equals(HEADER))
          .forEach(line -> {
            String[] row = line.split(",", -1);
            if (row.length != COLUMNS) {
              throw new IllegalStateException("not a preset: " + line);
            }
            presets.put(row[0], preset(row));
          });
    } catch (IOException e) {
      throw new UncheckedIOException("the program's own presets cannot be read", e);
    }
    return Collections.unmodifiableMap(presets);
  }

  private static Preset preset(String[] row) {
    AppNumber number =
        switch (row[2]) {
          case "metric" -> new AppNumber.Metric(row[3]);
          case "pointer" -> AppNumber.Pointer.parse(row[3]);
          default -> throw new IllegalStateException("not a kind of number: " + row[2]);
        };
    return new Preset(
        new AppUrl(row[1]), number, Exactness.valueOf(row[4].toUpperCase(Locale.ROOT)));
  }
}
