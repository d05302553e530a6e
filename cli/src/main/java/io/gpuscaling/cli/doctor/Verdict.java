package io.gpuscaling.cli.doctor;

import java.util.Locale;

/** What a finding says, the best first. */
public enum Verdict {
  /** Looked at, and as it should be. */
  OK,
  /** Works, but not as well as it could, or not for long. */
  WARNING,
  /** Could not be looked at: never taken for {@link #OK}. */
  UNKNOWN,
  /** Does not work, or will scale wrongly. */
  FAULT;

  /** {@code ok}, {@code warning}, {@code unknown}, {@code fault}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
