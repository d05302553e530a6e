package io.gpuscaling.demo.worker;

import java.util.Collection;

/** One worker's side of the lease service, as the worker needs it. Safe for use by any thread. */
interface LeaseCalls {

  /** How a call ended. */
  sealed interface Result {

    /** Taken. */
    record Done() implements Result {}

    /** Not taken; {@code why} is for people. */
    record Failed(String why) implements Result {}
  }

  /** Opens or renews the session, with all running tasks. */
  Result renew(Collection<String> tasks);

  /** Starts a task. */
  Result start(String task);

  /** Ends a task that went well. */
  Result end(String task);

  /** Ends the session. */
  Result close();
}
