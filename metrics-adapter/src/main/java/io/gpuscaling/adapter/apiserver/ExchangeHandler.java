package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.ApiError;
import io.gpuscaling.adapter.api.json.StatusWriter;
import io.gpuscaling.adapter.auth.ClientCertificates;
import io.gpuscaling.adapter.auth.TokenMemo;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.timeout.IdleStateEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves the requests of one HTTP/1.1 connection one after the other, or the one request of an
 * HTTP/2 stream. Bodies are thrown away. On one event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write or close that fails ends the channel
final class ExchangeHandler extends SimpleChannelInboundHandler<HttpObject> {

  private final RequestService service;
  private final Connection connection;
  private final boolean isStream;
  private final Queue<HttpRequest> waiting = new ArrayDeque<>();
  private @Nullable HttpRequest arriving;
  private long bodyBytes;
  private boolean isServing;
  private boolean isDraining;

  /** What a handler needs to know of the connection that it is on. */
  interface Connection {

    /** The certificates that the client showed. */
    ClientCertificates certificates();

    /** Who opened it, an address; empty when nobody knows. */
    default String peer() {
      return "";
    }

    /** What is remembered of its tokens. */
    TokenMemo tokens();

    /** How long a request may take to arrive. */
    Duration arrivalTimeout();

    /** A request has arrived whole. */
    void arrived();

    /** Ends the whole connection, after what runs. */
    void drain();
  }

  ExchangeHandler(RequestService service, Connection connection, boolean isStream) {
    this.service = service;
    this.connection = connection;
    this.isStream = isStream;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
    if (message.decoderResult().isFailure()) {
      refuse(ctx, unreadable(message.decoderResult().cause()));
      return;
    }
    if (message instanceof HttpRequest request && request.protocolVersion().majorVersion() != 1) {
      refuse(ctx, new ApiError.BadRequest("the request is of no version of HTTP/1"));
      return;
    }
    if (message instanceof HttpRequest request) {
      arriving = request;
      bodyBytes = 0;
      if (isStream && !(message instanceof LastHttpContent)) {
        awaitRest(ctx);
      }
    }
    if (message instanceof HttpContent content) {
      bodyBytes += content.content().readableBytes();
      if (bodyBytes > ApiServerLimits.MAX_BODY_BYTES) {
        refuse(ctx, new ApiError.BodyTooLarge());
        return;
      }
    }
    if (message instanceof LastHttpContent && arriving != null) {
      connection.arrived();
      HttpRequest request = arriving;
      arriving = null;
      if (!isServing) {
        serve(ctx, request);
      } else if (waiting.size() < ApiServerLimits.MAX_PIPELINED) {
        waiting.add(request);
      } else {
        ctx.close();
      }
    }
  }

  /** A stream has no deadline in front of it: hardly any request comes in parts. */
  private void awaitRest(ChannelHandlerContext ctx) {
    ctx.executor()
        .schedule(
            () -> {
              if (arriving != null) {
                ctx.close();
              }
            },
            connection.arrivalTimeout().toNanos(),
            TimeUnit.NANOSECONDS);
  }

  private static ApiError unreadable(@Nullable Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException _ -> new ApiError.TargetTooLong();
      case TooLongHttpHeaderException _ -> new ApiError.HeadersTooLarge();
      case null, default -> new ApiError.BadRequest("the request is broken");
    };
  }

  private void serve(ChannelHandlerContext ctx, HttpRequest request) {
    isServing = true;
    ctx.channel().config().setAutoRead(isStream);
    var head =
        new RequestHead(
            request.method().name(),
            request.uri(),
            new NettyHeaders(request.headers()),
            connection.peer(),
            connection.tokens());
    CompletableFuture<Served> served = service.serve(head, connection.certificates());
    if (served.isDone()) {
      respond(ctx, request, served.join());
      return;
    }
    var _ =
        served.thenAccept(result -> ctx.executor().execute(() -> respond(ctx, request, result)));
  }

  private void respond(ChannelHandlerContext ctx, HttpRequest request, Served served) {
    boolean isLast =
        !isStream && (isDraining || served.closesConnection() || !HttpUtil.isKeepAlive(request));
    FullHttpResponse response = Responses.of(served, request.method().equals(HttpMethod.HEAD));
    if (isLast) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    ChannelFuture written = ctx.writeAndFlush(response);
    if (isLast) {
      written.addListener(ChannelFutureListener.CLOSE);
      return;
    }
    if (isStream) {
      if (served.closesConnection()) {
        connection.drain();
      }
      return;
    }
    isServing = false;
    HttpRequest next = waiting.poll();
    if (next == null) {
      ctx.channel().config().setAutoRead(true);
    } else {
      serve(ctx, next);
    }
  }

  /** Answers and closes: what comes next on the wire cannot be told from the rest of this. */
  private void refuse(ChannelHandlerContext ctx, ApiError error) {
    arriving = null;
    waiting.clear();
    if (isServing) {
      ctx.close();
      return;
    }
    isServing = true;
    ctx.channel().config().setAutoRead(false);
    FullHttpResponse response =
        Responses.of(new Served(StatusWriter.answer(error), false, true), false);
    if (!isStream) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    boolean isIdle = event instanceof IdleStateEvent && !isServing;
    if (!isStream && (event == Drain.NOW || isIdle)) {
      isDraining = true;
      if (!isServing) {
        ctx.close();
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  /**
   * A peer that goes away or talks nonsense: nothing that we could do better. A stream is reset
   * with an error, for only then does it count against the limit on resets, and not as one that was
   * merely given up; the codec does so itself for what it has found.
   */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (isStream && cause instanceof Http2Exception) {
      return;
    }
    if (isStream) {
      ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.PROTOCOL_ERROR));
    }
    ctx.close();
  }
}
