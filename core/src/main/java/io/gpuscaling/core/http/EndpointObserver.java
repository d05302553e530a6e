package io.gpuscaling.core.http;

/** Is told what an endpoint did, for counting. Called on the event loops: must not block. */
public interface EndpointObserver {

  /** Why a connection or a request was not served. */
  enum Refusal {
    /** One connection too many: closed. */
    TOO_MANY_CONNECTIONS,
    /** One offloaded request too many: 503. */
    TOO_MANY_IN_FLIGHT,
    /** A request that did not arrive in time: closed. */
    SLOW_REQUEST,
    /** An answer that was not made in time: 503. */
    SLOW_HANDLER,
    /** Not HTTP, too long, or with a body: 4xx. */
    BAD_REQUEST
  }

  /**
   * A request was answered.
   *
   * @param path of the route, or empty for a path that is none
   */
  void onAnswer(String path, int status);

  /** Something was refused. */
  void onRefusal(Refusal refusal);

  /** Counts nothing. */
  static EndpointObserver none() {
    return new EndpointObserver() {
      @Override
      public void onAnswer(String path, int status) {}

      @Override
      public void onRefusal(Refusal refusal) {}
    };
  }
}
