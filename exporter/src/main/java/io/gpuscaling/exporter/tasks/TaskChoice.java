package io.gpuscaling.exporter.tasks;

import io.gpuscaling.core.metric.SampleValue;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which source's number counts for one pod. Pure. */
sealed interface TaskChoice {

  /** The one of this source; of the others none is added to it. */
  record Use(TaskSource source, SampleValue.Known tasks) implements TaskChoice {}

  /** None: nobody who may be believed says anything of the pod. */
  record Unknown() implements TaskChoice {}

  /**
   * Decides.
   *
   * @param said what each source that is fresh says of the pod
   */
  static TaskChoice of(TaskSettings settings, Map<TaskSource, SampleValue.Known> said) {
    SampleValue.Known first = said.get(settings.source());
    if (first != null) {
      return new Use(settings.source(), first);
    }
    @Nullable TaskSource fallback = settings.fallback().source();
    SampleValue.Known second = fallback == null ? null : said.get(fallback);
    return fallback == null || second == null ? new Unknown() : new Use(fallback, second);
  }
}
