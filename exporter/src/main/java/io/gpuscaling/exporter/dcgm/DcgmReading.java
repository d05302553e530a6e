package io.gpuscaling.exporter.dcgm;

/** What became of a body that should be a page of dcgm-exporter. */
public sealed interface DcgmReading {

  /** It is one. */
  record Understood(DcgmPage page) implements DcgmReading {}

  /**
   * It is not, or it is over a limit.
   *
   * @param reason a word: {@code not_exposition}, {@code too_many_devices} ...
   * @param line where, counted from 1; 0 for the page as a whole
   */
  record Refused(String reason, int line) implements DcgmReading {}
}
