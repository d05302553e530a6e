package io.gpuscaling.core.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** An answer of a route. Immutable, so it may be built once and served for ever. */
public final class EndpointResponse {

  /** Type of plain text. */
  public static final String TEXT = "text/plain; charset=utf-8";

  /** Smallest body that is worth compressing, in bytes. */
  static final int MIN_GZIP_BYTES = 1024;

  private final int status;
  private final String contentType;
  private final byte[] body;
  private final Map<String, String> headers;

  private EndpointResponse(
      int status, String contentType, byte[] body, Map<String, String> headers) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
    this.headers = Map.copyOf(headers);
  }

  /** An answer; the bytes are copied. */
  public static EndpointResponse of(int status, String contentType, byte[] body) {
    return new EndpointResponse(status, contentType, body.clone(), Map.of());
  }

  /** An answer in plain text. */
  public static EndpointResponse text(int status, String body) {
    return new EndpointResponse(status, TEXT, body.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  /** The same answer with one header more. */
  public EndpointResponse header(String name, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new EndpointResponse(status, contentType, body, more);
  }

  /** The same answer compressed, when the client reads that and the body is big enough. */
  EndpointResponse compressedFor(EndpointRequest request) {
    if (body.length < MIN_GZIP_BYTES) {
      return this;
    }
    EndpointResponse varied = header("vary", "accept-encoding");
    if (!request.acceptsGzip()) {
      return varied;
    }
    var compressed = new ByteArrayOutputStream(body.length / 4);
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written", e);
    }
    return new EndpointResponse(status, contentType, compressed.toByteArray(), varied.headers)
        .header("content-encoding", "gzip");
  }

  /** HTTP status code. */
  public int status() {
    return status;
  }

  /** Media type of the body. */
  public String contentType() {
    return contentType;
  }

  /** The body as text, for tests and logs. */
  public String bodyText() {
    return new String(body, StandardCharsets.UTF_8);
  }

  Map<String, String> headers() {
    return headers;
  }

  /** Not copied: for writing, never for changing. */
  byte[] body() {
    return body;
  }
}
