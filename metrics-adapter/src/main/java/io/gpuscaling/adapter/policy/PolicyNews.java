package io.gpuscaling.adapter.policy;

/** Where people hear what policies do: Events. May drop news; never blocks for long. */
@FunctionalInterface
public interface PolicyNews {

  /**
   * Tells.
   *
   * @param object whose news it is
   * @param isWarning whether somebody should look
   * @param reason in one word
   * @param note a sentence
   */
  void tell(PolicyObject object, boolean isWarning, String reason, String note);
}
