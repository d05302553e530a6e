package io.gpuscaling.core.lifecycle;

/** A part of a program that runs. Its constructor neither opens nor starts anything. */
public interface Component extends AutoCloseable {

  /**
   * Starts it, once. What a start that failed has opened is closed by {@link #close}.
   *
   * @throws Exception when it cannot run; the message is for the person who started the program
   */
  void start() throws Exception;

  /** Ends it, in a time of its own bound. May be called at any time, also while it starts. */
  @Override
  void close();
}
