package io.gpuscaling.core.http;

import java.util.function.Function;

/** How the requests for one path are answered. */
public sealed interface Route {

  /** Answers a request; may be called by several threads at once. */
  Function<EndpointRequest, EndpointResponse> handler();

  /** Answers on the event loop: for what is ready or takes microseconds, and never blocks. */
  record Immediate(Function<EndpointRequest, EndpointResponse> handler) implements Route {}

  /**
   * Answers on a virtual thread: for what takes time, such as rendering. Big bodies are compressed
   * for clients that ask. The handler is interrupted at the deadline.
   */
  record Offloaded(Function<EndpointRequest, EndpointResponse> handler) implements Route {}

  /**
   * Answers a POST with a body on a virtual thread; the other routes answer GET and HEAD. The
   * handler is interrupted at the deadline.
   *
   * @param maxBodyBytes a longer body is refused before it is read
   */
  record Posted(int maxBodyBytes, Function<EndpointRequest, EndpointResponse> handler)
      implements Route {}
}
