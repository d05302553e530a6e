package io.gpuscaling.core.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** A bearer token in a file that its owner replaces from time to time. */
public final class BearerTokenFile {

  /** A token is a few KiB; more is not a token file. */
  private static final long MAX_BYTES = 64 * 1024;

  /** What a bearer token consists of (RFC 6750); anything else would break the header. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  private BearerTokenFile() {}

  /**
   * The token as it is now. Blocks on the file.
   *
   * @throws IOException when the file cannot be read or holds no token; the message names the file,
   *     never what it holds
   */
  public static String read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + " is larger than a token");
    }
    String token = Files.readString(file).strip();
    if (!TOKEN.matcher(token).matches()) {
      // Checked here: the client's own message would quote it.
      throw new IOException(file + " holds no token");
    }
    return token;
  }
}
