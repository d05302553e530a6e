package io.gpuscaling.adapter.ingest;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the end of a JSON Web Token from its payload. Only for tokens that have been reviewed:
 * nothing here verifies a signature, and the answer can only shorten a stream, never lengthen one.
 */
final class TokenExpiry {

  /**
   * {@code exp} is a NumericDate (RFC 7519, 4.1.4); Kubernetes prints whole seconds, and other ways
   * to write a number are not guessed at.
   */
  private static final Pattern EXPIRY = Pattern.compile("\"exp\"\\s*:\\s*(\\d{1,12}+)(?![\\d.eE])");

  private TokenExpiry() {}

  /** The end of the token, or empty when it is none of that kind or does not say. */
  static Optional<Instant> of(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    try {
      String payload = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
      Matcher expiry = EXPIRY.matcher(payload);
      return expiry.find()
          ? Optional.of(Instant.ofEpochSecond(Long.parseLong(expiry.group(1))))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
