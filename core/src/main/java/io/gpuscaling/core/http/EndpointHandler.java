package io.gpuscaling.core.http;

import static io.netty.handler.codec.http.HttpHeaderNames.ACCEPT;
import static io.netty.handler.codec.http.HttpHeaderNames.ACCEPT_ENCODING;
import static io.netty.handler.codec.http.HttpHeaderNames.AUTHORIZATION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;

import io.gpuscaling.core.http.EndpointObserver.Refusal;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of one connection, one after the other: the next one is read when the answer
 * is written, so that a client cannot pile up work. Lives on the event loop of its connection.
 */
final class EndpointHandler extends ChannelInboundHandlerAdapter {

  /** Ends the connection as soon as no request is being answered. */
  static final Object DRAIN = new Object();

  private static final Logger LOGGER = LoggerFactory.getLogger(EndpointHandler.class);

  private final Shared shared;
  private final ConnectionDeadlines deadlines;

  /** Parsed and not yet looked at: the rest of what one read of the socket brought. */
  private final Queue<HttpObject> received = new ArrayDeque<>();

  private @Nullable HttpRequest request;
  private Body body = Body.NONE;
  private boolean answering;
  private boolean draining;

  /** What the connections of one endpoint share. */
  record Shared(
      Map<String, Route> routes,
      HttpLimits limits,
      EndpointObserver observer,
      Offloading offloading) {}

  EndpointHandler(Shared shared, ConnectionDeadlines deadlines) {
    this.shared = shared;
    this.deadlines = deadlines;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.read();
    ctx.fireChannelActive();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event != DRAIN) {
      ctx.fireUserEventTriggered(event);
      return;
    }
    draining = true;
    if (!answering) {
      var _ = ctx.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!ctx.channel().isActive()) {
      ReferenceCountUtil.release(message); // half a request, which the decoder gives up at the end
      return;
    }
    received.add((HttpObject) message);
    proceed(ctx);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    readMore(ctx);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    received.forEach(ReferenceCountUtil::release);
    received.clear();
  }

  /** Takes what was received up to the next request that has to be waited for. */
  private void proceed(ChannelHandlerContext ctx) {
    while (!answering && !received.isEmpty()) {
      HttpObject message = received.remove();
      try {
        accept(ctx, message);
      } finally {
        ReferenceCountUtil.release(message);
      }
    }
  }

  /** Asks the socket for more only when there is nothing left to do: that bounds the queue. */
  private void readMore(ChannelHandlerContext ctx) {
    if (!answering && received.isEmpty()) {
      ctx.read();
    }
  }

  private void accept(ChannelHandlerContext ctx, HttpObject message) {
    if (message.decoderResult().isFailure()) {
      refuse(ctx, statusOf(message.decoderResult().cause()));
      return;
    }
    if (message instanceof HttpRequest head) {
      request = head;
      Optional<HttpResponseStatus> refusal = refusal(head);
      if (refusal.isPresent()) {
        refuse(ctx, refusal.get());
        return;
      }
      body = Body.upTo(maxBodyBytes(head));
    }
    if (message instanceof HttpContent content && !body.add(content.content())) {
      refuse(ctx, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE);
      return;
    }
    HttpRequest complete = request;
    if (message instanceof LastHttpContent && complete != null) {
      answering = true;
      deadlines.onRequestComplete();
      dispatch(ctx, complete);
    }
  }

  private static HttpResponseStatus statusOf(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return HttpResponseStatus.REQUEST_URI_TOO_LONG;
    }
    return cause instanceof TooLongHttpHeaderException
        ? HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        : HttpResponseStatus.BAD_REQUEST;
  }

  /** Why a request is refused by its head alone; what follows in it is not read then. */
  private Optional<HttpResponseStatus> refusal(HttpRequest head) {
    if (head.protocolVersion().equals(HttpVersion.HTTP_1_1)
        && !head.headers().contains(HttpHeaderNames.HOST)) {
      return Optional.of(HttpResponseStatus.BAD_REQUEST);
    }
    if (announcedBytes(head) > maxBodyBytes(head)) {
      return Optional.of(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE);
    }
    // Bodies are small: they come with their head. Clients repeat the request without asking.
    return head.headers().contains(HttpHeaderNames.EXPECT)
        ? Optional.of(HttpResponseStatus.EXPECTATION_FAILED)
        : Optional.empty();
  }

  /** The length that a head tells; of a chunked body nothing but that there may be one. */
  private static long announcedBytes(HttpRequest head) {
    return HttpUtil.isTransferEncodingChunked(head) ? 1 : HttpUtil.getContentLength(head, 0L);
  }

  private int maxBodyBytes(HttpRequest head) {
    return head.method().equals(HttpMethod.POST)
            && shared.routes.get(target(head)[0]) instanceof Route.Posted(int most, _)
        ? most
        : 0;
  }

  private static String[] target(HttpRequest head) {
    return head.uri().split("\\?", 2);
  }

  /** Refuses a request and ends the connection: what follows in it cannot be told apart. */
  private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status) {
    answering = true;
    deadlines.onRequestComplete();
    shared.observer.onRefusal(Refusal.BAD_REQUEST);
    write(ctx, "", closing(status));
  }

  private static EndpointResponse closing(HttpResponseStatus status) {
    return EndpointResponse.text(status.code(), status.reasonPhrase() + "\n")
        .header("connection", "close");
  }

  private void dispatch(ChannelHandlerContext ctx, HttpRequest head) {
    EndpointRequest asked = asked(head);
    Route route = shared.routes.get(asked.path());
    String allowed = route instanceof Route.Posted ? "POST" : "GET, HEAD";
    if (!List.of(allowed.split(", ", -1)).contains(head.method().name())) {
      write(ctx, "", closing(HttpResponseStatus.METHOD_NOT_ALLOWED).header("allow", allowed));
      return;
    }
    switch (route) {
      case null -> write(ctx, "", EndpointResponse.text(404, "Not Found\n"));
      case Route.Immediate immediate -> write(ctx, asked.path(), handle(immediate, asked));
      case Route.Offloaded offloaded -> offload(ctx, offloaded, asked);
      case Route.Posted posted -> offload(ctx, posted, asked);
    }
  }

  private EndpointRequest asked(HttpRequest head) {
    String[] target = target(head);
    HttpHeaders headers = head.headers();
    return new EndpointRequest(
        target[0],
        target.length == 2 ? target[1] : "",
        headers.get(ACCEPT, ""),
        headers.get(ACCEPT_ENCODING, ""),
        headers.get(AUTHORIZATION, ""),
        body.whole());
  }

  private static EndpointResponse handle(Route route, EndpointRequest asked) {
    try {
      return route.handler().apply(asked);
    } catch (RuntimeException e) {
      LOGGER.atError().addKeyValue("path", asked.path()).setCause(e).log("route broke");
      return EndpointResponse.text(500, "Internal Server Error\n");
    }
  }

  private void offload(ChannelHandlerContext ctx, Route route, EndpointRequest asked) {
    var answer = new OneAnswer(ctx, asked.path());
    Optional<Runnable> started =
        shared.offloading.start(() -> {
          EndpointResponse response = handle(route, asked).compressedFor(asked);
          try {
            ctx.executor().execute(() -> answer.give(response));
          } catch (RejectedExecutionException e) {
            LOGGER.atDebug().addKeyValue("path", asked.path()).log("answered after the end");
          }
        });
    if (started.isEmpty()) {
      shared.observer.onRefusal(Refusal.TOO_MANY_IN_FLIGHT);
      answer.give(unavailable());
      return;
    }
    answer.timeout =
        ctx.executor()
            .schedule(
                () -> {
                  shared.observer.onRefusal(Refusal.SLOW_HANDLER);
                  answer.give(unavailable());
                  started.get().run();
                },
                shared.limits.handlerTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
  }

  private static EndpointResponse unavailable() {
    return EndpointResponse.text(503, "Service Unavailable\n").header("retry-after", "1");
  }

  /** The answer to an offloaded request: the handler's or the deadline's, whichever is first. */
  private final class OneAnswer {

    private final ChannelHandlerContext ctx;
    private final String path;
    private @Nullable Future<?> timeout;
    private boolean given;

    OneAnswer(ChannelHandlerContext ctx, String path) {
      this.ctx = ctx;
      this.path = path;
    }

    void give(EndpointResponse response) {
      if (given) {
        return;
      }
      given = true;
      Future<?> pending = timeout;
      if (pending != null) {
        pending.cancel(false);
      }
      write(ctx, path, response);
    }
  }

  private void write(ChannelHandlerContext ctx, String path, EndpointResponse response) {
    shared.observer.onAnswer(path, response.status());
    HttpRequest head = request;
    boolean isHead = head != null && head.method().equals(HttpMethod.HEAD);
    FullHttpResponse message =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(response.status()),
            isHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(response.body()));
    HttpHeaders headers = message.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, response.contentType());
    headers.set(CONTENT_LENGTH, response.body().length);
    headers.set("x-content-type-options", "nosniff");
    response.headers().forEach(headers::set);
    if (draining || head == null) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    boolean isLast = headers.contains(HttpHeaderNames.CONNECTION);
    ctx.writeAndFlush(message)
        .addListener(
            (ChannelFutureListener)
                written -> {
                  if (written.isSuccess() && !isLast) {
                    next(ctx);
                  } else {
                    var _ = ctx.close();
                  }
                });
  }

  private void next(ChannelHandlerContext ctx) {
    answering = false;
    request = null;
    body = Body.NONE;
    if (draining) {
      var _ = ctx.close();
    } else if (ctx.channel().isActive()) {
      deadlines.onAnswered();
      proceed(ctx);
      readMore(ctx);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Resets and write time-outs: the peer's affair, not worth a line each at a higher level.
    LOGGER.atDebug().setCause(cause).log("connection ended");
    var _ = ctx.close();
  }
}
