package io.gpuscaling.testkit.process;

/** A child process ended, or did not get ready, when a test needed it. */
public final class ProcessFailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** A failure whose message holds the end of the process's log. */
  public ProcessFailedException(String message) {
    super(message);
  }

  /** A failure with its cause. */
  public ProcessFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
