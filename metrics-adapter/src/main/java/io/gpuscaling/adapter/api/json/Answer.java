package io.gpuscaling.adapter.api.json;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An answer as it goes to the caller, but for the transport. Immutable. */
public final class Answer {

  /** The media type of nearly all answers. */
  public static final String JSON = "application/json";

  /** The media type of health. */
  public static final String TEXT = "text/plain; charset=utf-8";

  private final int code;
  private final String contentType;
  private final byte[] body;
  private final String etag;
  private final @Nullable Duration age;

  private Answer(int code, String contentType, byte[] body, String etag, @Nullable Duration age) {
    this.code = code;
    this.contentType = contentType;
    this.body = body;
    this.etag = etag;
    this.age = age;
  }

  /**
   * An answer that is made for one request.
   *
   * @param body taken over, not to be changed afterwards
   */
  public static Answer of(int code, String contentType, byte[] body) {
    return new Answer(code, contentType, body, "", null);
  }

  /** Plain text. */
  public static Answer text(int code, String text) {
    return of(code, TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /** A document that callers keep and ask for again by its entity tag. */
  static Answer document(String contentType, byte[] body) {
    return document(contentType, body, null);
  }

  /**
   * A document of which it is said how old it is, beside the body: so a document that tells the
   * same stays the same.
   */
  static Answer document(String contentType, byte[] body, @Nullable Duration age) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
      return new Answer(200, contentType, body, '"' + HexFormat.of().formatHex(hash) + '"', age);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The HTTP code. */
  public int code() {
    return code;
  }

  /** The media type of the body. */
  public String contentType() {
    return contentType;
  }

  /** The body itself, no copy: not to be changed. */
  public byte[] body() {
    return body;
  }

  /** The entity tag with its quotes, or the empty text for an answer that is never kept. */
  public String etag() {
    return etag;
  }

  /** How old what it tells is, where that is said. */
  public Optional<Duration> age() {
    return Optional.ofNullable(age);
  }

  /** Whether the caller's copy is this one. */
  public boolean isMatchedBy(String ifNoneMatch) {
    if (etag.isEmpty()) {
      return false;
    }
    for (String tag : ifNoneMatch.split(",", -1)) {
      String bare = tag.strip();
      if (bare.equals("*") || bare.equals(etag) || bare.equals("W/" + etag)) {
        return true;
      }
    }
    return false;
  }
}
