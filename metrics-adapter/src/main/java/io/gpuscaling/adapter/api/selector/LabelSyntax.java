package io.gpuscaling.adapter.api.selector;

import java.util.regex.Pattern;

/** Which label keys and values Kubernetes knows. */
final class LabelSyntax {

  /** Longest name part of a key and longest value. */
  static final int MAX_NAME_LENGTH = 63;

  /** Longest prefix of a key. */
  static final int MAX_PREFIX_LENGTH = 253;

  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9](?:[-A-Za-z0-9_.]*+(?<=[A-Za-z0-9]))?");
  private static final Pattern SUBDOMAIN_LABEL =
      Pattern.compile("[a-z0-9](?:[-a-z0-9]*+(?<=[a-z0-9]))?");

  private LabelSyntax() {}

  /** The key itself. */
  static String key(String key) throws SyntaxError {
    int slash = key.indexOf('/');
    String name = key.substring(slash + 1);
    boolean valid = isName(name) && (slash < 0 || isSubdomain(key.substring(0, slash)));
    if (!valid) {
      throw new SyntaxError(
          "key: Invalid value: \""
              + SyntaxError.shown(key)
              + "\": must be [prefix/]name: name at most 63 characters of [-A-Za-z0-9_.],"
              + " starting and ending alphanumeric; prefix a DNS-1123 subdomain");
    }
    return key;
  }

  /** The value itself. */
  static String value(String value) throws SyntaxError {
    if (!value.isEmpty() && !isName(value)) {
      throw new SyntaxError(
          "values: Invalid value: \""
              + SyntaxError.shown(value)
              + "\": must be empty or at most 63 characters of [-A-Za-z0-9_.],"
              + " starting and ending alphanumeric");
    }
    return value;
  }

  private static boolean isName(String text) {
    return text.length() <= MAX_NAME_LENGTH && NAME.matcher(text).matches();
  }

  private static boolean isSubdomain(String text) {
    if (text.length() > MAX_PREFIX_LENGTH) {
      return false;
    }
    for (String label : text.split("\\.", -1)) {
      if (!SUBDOMAIN_LABEL.matcher(label).matches()) {
        return false;
      }
    }
    return true;
  }
}
