package io.gpuscaling.core.metric;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Labels as an HPA can select them. A Kubernetes selector knows values of at most 63 characters of
 * {@code [-A-Za-z0-9_.]} that begin and end alphanumeric; another value ({@code NVIDIA A100},
 * {@code 1g.10gb+me}) has an alias: what is not allowed becomes {@code _}, at either end {@code x},
 * and a long one ends with eight digits of its hash. Two values can have the same alias; whoever
 * answers must see to that. Pure.
 */
public final class SelectableLabels {

  /** Longest value of a selector. */
  static final int MAX_LENGTH = 63;

  /**
   * Names of Kubernetes objects: they are joined with objects, and are selectable by themselves.
   */
  private static final Set<String> OBJECT_NAMES = Set.of("node", "namespace", "pod", "workload");

  private static final int HASH_DIGITS = 8;

  private SelectableLabels() {}

  /** The labels with aliases; the same instance when there is nothing to replace. */
  public static Labels of(Labels labels) {
    Map<String, String> replaced = null;
    for (Labels.Label label : labels) {
      if (!isSelectable(label.value()) && !OBJECT_NAMES.contains(label.name())) {
        if (replaced == null) {
          replaced = new TreeMap<>(labels.asMap());
        }
        replaced.put(label.name(), alias(label.value()));
      }
    }
    return replaced == null ? labels : Labels.of(replaced);
  }

  /** Whether a selector can have a value. */
  static boolean isSelectable(String value) {
    if (value.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      if (!isAllowed(value.charAt(i))) {
        return false;
      }
    }
    return value.isEmpty()
        || (isAlphanumeric(value.charAt(0)) && isAlphanumeric(value.charAt(value.length() - 1)));
  }

  /** What stands for a value that no selector can have. */
  static String alias(String value) {
    var alias = new StringBuilder(value.length() + 2);
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      alias.append(isAllowed(c) ? c : '_');
    }
    if (!isAlphanumeric(alias.charAt(0))) {
      alias.insert(0, 'x');
    }
    if (!isAlphanumeric(alias.charAt(alias.length() - 1))) {
      alias.append('x');
    }
    if (alias.length() > MAX_LENGTH) {
      alias.setLength(MAX_LENGTH - HASH_DIGITS - 1);
      alias.append('.').append(hash(value));
    }
    return alias.toString();
  }

  private static String hash(String value) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static boolean isAllowed(char c) {
    return isAlphanumeric(c) || c == '-' || c == '_' || c == '.';
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}
