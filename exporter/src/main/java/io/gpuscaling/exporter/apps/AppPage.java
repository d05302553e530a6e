package io.gpuscaling.exporter.apps;

import io.gpuscaling.core.exposition.ExpositionLimits;
import io.gpuscaling.core.exposition.ExpositionReader;
import io.gpuscaling.core.exposition.ExpositionResult;
import io.gpuscaling.core.exposition.ExpositionSample;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the number of an application's page. What is absent is absent and never 0; a sum of which a
 * part cannot be read is none. Pure; safe for use by any thread.
 */
final class AppPage {

  private static final int MAX_DEPTH = 50;

  /** No node runs more; a larger number is a fault. */
  private static final double MAX_TASKS = 1e6;

  private final ExpositionReader pages = new ExpositionReader(ExpositionLimits.DEFAULT);
  private final JsonMapper json =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .build();

  AppReading read(byte[] page, AppNumber number) {
    return switch (number) {
      case AppNumber.Metric(String name) -> sum(page, name);
      case AppNumber.Pointer(JsonPointer path) -> at(page, path);
    };
  }

  private AppReading sum(byte[] page, String name) {
    return switch (pages.read(page)) {
      case ExpositionResult.Refused _ -> new AppReading.Failed(AppFailure.CONTENT);
      case ExpositionResult.Page read -> {
        int series = 0;
        double sum = 0;
        for (ExpositionSample sample : read.samples()) {
          if (sample.name().equals(name)) {
            if (sample.value() < 0) {
              yield new AppReading.Failed(AppFailure.INVALID);
            }
            series++;
            sum += sample.value();
          }
        }
        // A series that is NaN, cut off or told twice would be missing in the sum.
        if (read.cut() || series < linesOf(page, name)) {
          yield new AppReading.Failed(AppFailure.INVALID);
        }
        yield series == 0 ? new AppReading.Failed(AppFailure.ABSENT) : judged(sum);
      }
    };
  }

  /** Lines of a page that are of this metric, good ones or not. */
  private static long linesOf(byte[] page, String name) {
    return new String(page, StandardCharsets.UTF_8)
        .lines()
        .filter(line ->
            line.startsWith(name)
                && line.length() > name.length()
                && "{ \t".indexOf(line.charAt(name.length())) >= 0)
        .count();
  }

  private AppReading at(byte[] page, JsonPointer path) {
    JsonNode found;
    try {
      JsonNode root = json.readTree(page);
      if (root == null || !(root.isContainer() || root.isNumber())) {
        return new AppReading.Failed(AppFailure.CONTENT);
      }
      found = root.at(path);
    } catch (JacksonException _) {
      return new AppReading.Failed(AppFailure.CONTENT);
    }
    if (found.isMissingNode() || found.isNull()) {
      return new AppReading.Failed(AppFailure.ABSENT);
    }
    if (found.isArray()) {
      return judged(found.size());
    }
    return found.isNumber()
        ? judged(found.doubleValue())
        : new AppReading.Failed(AppFailure.INVALID);
  }

  private static AppReading judged(double tasks) {
    return tasks >= 0 && tasks <= MAX_TASKS
        ? new AppReading.Tasks(tasks)
        : new AppReading.Failed(AppFailure.INVALID);
  }
}
