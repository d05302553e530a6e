package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.json.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/** Makes HTTP responses of answers. Never a redirect or an upgrade: proxies must not follow us. */
final class Responses {

  private static final int METHOD_NOT_ALLOWED = 405;

  private Responses() {}

  static FullHttpResponse of(Served served, boolean isHead) {
    Answer answer = served.answer();
    ByteBuf body =
        served.isNotModified() || isHead
            ? Unpooled.EMPTY_BUFFER
            : Unpooled.wrappedBuffer(answer.body());
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(served.code()), body);
    HttpHeaders headers = response.headers();
    headers.set("x-content-type-options", "nosniff");
    if (answer.etag().isEmpty()) {
      headers.set(HttpHeaderNames.CACHE_CONTROL, "no-cache, private");
    } else {
      headers.set(HttpHeaderNames.ETAG, answer.etag());
      headers.set(HttpHeaderNames.VARY, "Accept");
    }
    answer.age().ifPresent(age -> headers.set(HttpHeaderNames.AGE, age.toSeconds()));
    if (!served.isNotModified()) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, answer.contentType());
      headers.setInt(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
    }
    if (answer.code() == METHOD_NOT_ALLOWED) {
      headers.set(HttpHeaderNames.ALLOW, "GET");
    }
    return response;
  }
}
