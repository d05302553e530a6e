package io.gpuscaling.kubernetes.identity;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes of a token what a cache may keep: a keyed hash (HMAC-SHA-256, RFC 2104; a random key for
 * each hasher), so that a heap dump holds no token and nobody can look for one by its hash. Safe
 * for use by any thread.
 */
public final class TokenHasher {

  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;

  private final SecretKeySpec key;

  /** With a key of its own. */
  public TokenHasher() {
    byte[] random = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(random);
    this.key = new SecretKeySpec(random, ALGORITHM);
  }

  /** The hash of a token, 64 hexadecimal digits; of another hasher another one. */
  public String hash(String token) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return HexFormat.of().formatHex(mac.doFinal(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  /** Nothing: it holds a key. */
  @Override
  public String toString() {
    return "TokenHasher";
  }
}
