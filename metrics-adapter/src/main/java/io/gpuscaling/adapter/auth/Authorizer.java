package io.gpuscaling.adapter.auth;

import io.gpuscaling.kubernetes.identity.AccessRequest;
import io.gpuscaling.kubernetes.identity.AccessReview;
import java.util.concurrent.CompletableFuture;

/** Decides whether a user may do something. Safe for use by any thread; never blocks. */
@FunctionalInterface
public interface Authorizer {

  /**
   * Decides.
   *
   * @return complete already when nobody had to be asked; never completes exceptionally, and does
   *     within {@link BlockingCalls#TIMEOUT}
   */
  CompletableFuture<AccessReview> authorize(AccessRequest request);
}
