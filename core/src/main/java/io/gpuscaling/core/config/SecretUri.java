package io.gpuscaling.core.config;

import java.net.URI;

/**
 * A URI that may carry a password in its user information. Every display form of it is masked.
 *
 * @param uri the URI with the password; for connecting, never for showing
 */
public record SecretUri(URI uri) {

  /** What stands where a secret was. */
  static final String MASK = "********";

  /** The URI with the password masked: {@code amqp://guest:********@broker/}. */
  @Override
  public String toString() {
    return mask(uri.toString());
  }

  /**
   * Masks what may be a password in a text that should be a URI. Errs on the side of masking: up to
   * the last {@code @} of the text, since a password may hold any character.
   */
  static String mask(String text) {
    int end = text.lastIndexOf('@');
    if (end < 0) {
      return text;
    }
    int scheme = text.indexOf("://");
    int start = scheme < 0 || scheme > end ? 0 : scheme + "://".length();
    int colon = text.indexOf(':', start);
    int from = colon < 0 || colon > end ? start : colon + 1;
    return text.substring(0, from) + MASK + text.substring(end);
  }
}
