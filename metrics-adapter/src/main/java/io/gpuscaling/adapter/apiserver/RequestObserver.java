package io.gpuscaling.adapter.apiserver;

import java.time.Duration;

/** Is told of every request that was answered. Called on event loops: must not block or throw. */
@FunctionalInterface
public interface RequestObserver {

  /**
   * A request was answered.
   *
   * @param group the API group, or empty for a path that is none of ours
   * @param verb {@code get}, {@code list}, ... or {@code other}: a small set
   * @param code the HTTP code
   * @param took from the whole request to the answer, before it is written
   */
  void answered(String group, String verb, int code, Duration took);
}
