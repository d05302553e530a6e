package io.gpuscaling.adapter.api.selector;

import org.jspecify.annotations.Nullable;

/** The labels of a thing as a selector sees them. */
@FunctionalInterface
public interface LabelLookup {

  /** The value of a label, or null when the thing does not have it. */
  @Nullable String get(String key);
}
