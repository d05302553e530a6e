package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.json.Answer;

/** Writes the page with the program's own metrics. May block; called on a thread of its own. */
@FunctionalInterface
public interface OwnMetricsPage {

  /** The page with its content type. */
  Answer write();
}
