package io.gpuscaling.adapter.auth;

import java.util.concurrent.CompletableFuture;

/** Finds out who makes a request. Safe for use by any thread; never blocks. */
@FunctionalInterface
public interface Authenticator {

  /**
   * Authenticates a request.
   *
   * @return complete already when nobody had to be asked; never completes exceptionally, and does
   *     within {@link BlockingCalls#TIMEOUT}
   */
  CompletableFuture<Authentication> authenticate(Credentials credentials);
}
