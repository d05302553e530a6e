package io.gpuscaling.core.metric;

import java.util.regex.Pattern;

/**
 * Something that a source finds wrong on the other side: for people, never for values. It travels
 * to the adapters beside the source's state, and a doctor tells of it.
 *
 * @param code what was found: {@code other_node}; where a metric counts by the same, its label
 * @param subject what it is about, or more about it; never a secret
 */
public record SourceFinding(String code, String subject) {

  /** Findings of one source; the first ones count. */
  public static final int MAX_FINDINGS = 16;

  /** Characters of a subject. */
  public static final int MAX_SUBJECT_LENGTH = 200;

  private static final Pattern CODE = Pattern.compile("[a-z][a-z0-9_]{0,63}");

  /**
   * Cuts a subject that is too long.
   *
   * @throws IllegalArgumentException for what is no code
   */
  public SourceFinding {
    if (!isCode(code)) {
      throw new IllegalArgumentException("'" + code + "' is no code of a finding");
    }
    subject =
        subject.length() <= MAX_SUBJECT_LENGTH ? subject : subject.substring(0, MAX_SUBJECT_LENGTH);
  }

  /** Whether a text can be a code. */
  public static boolean isCode(String text) {
    return CODE.matcher(text).matches();
  }
}
