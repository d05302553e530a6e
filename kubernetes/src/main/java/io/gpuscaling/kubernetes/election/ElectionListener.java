package io.gpuscaling.kubernetes.election;

/** Is told how an election goes: on the elector's thread, one after the other; must return soon. */
public interface ElectionListener {

  /** This replica acts from now on. */
  void elected();

  /**
   * This replica acts no more.
   *
   * @param why a clause for logs
   */
  void dismissed(String why);

  /**
   * The Lease was read or written, or not.
   *
   * @param outcome {@code ok}, {@code conflict} or {@code failed}
   * @param detail a clause for logs, without secrets; empty when there is none
   */
  void asked(String outcome, String detail);
}
