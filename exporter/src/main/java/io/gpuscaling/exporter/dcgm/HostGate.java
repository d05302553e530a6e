package io.gpuscaling.exporter.dcgm;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges by the host names of a page whether it is this node's. An exporter calls its node by the
 * node's name, or by its own host name (that of a pod or a container) when nobody told it the name.
 * So another name is not yet another node; but behind a Service that balances over nodes it is.
 * Where only this node can answer, another name is taken for this node's after it has been the only
 * one on several connections; everywhere else it is refused. Once the node's own name has been seen
 * nothing else counts any more. Not for several threads.
 */
final class HostGate {

  /** Takes any name. */
  static final String ANY = "*";

  private final String nodeName;
  private final Set<String> expected;
  private boolean proven;
  private @Nullable String alias;

  /** What to do with a page. */
  enum Verdict {
    /** It is this node's. */
    OWN,
    /** It may be: ask again over other connections. */
    UNPROVEN,
    /** It is another node's, or of several. */
    FOREIGN
  }

  /**
   * A gate.
   *
   * @param nodeName this node; empty: every page passes
   * @param expected further names of this node; {@link #ANY}: every page passes
   */
  HostGate(String nodeName, Set<String> expected) {
    this.nodeName = nodeName;
    this.expected = Set.copyOf(expected);
  }

  /**
   * Judges a page.
   *
   * @param hostnames that it names; none where the exporter does not say (its flag {@code -n})
   * @param location where it came from
   */
  Verdict judge(Set<String> hostnames, DcgmLocator.Location.At location) {
    if (nodeName.isEmpty() || hostnames.isEmpty() || expected.contains(ANY)) {
      return Verdict.OWN;
    }
    if (hostnames.size() > 1) {
      return Verdict.FOREIGN;
    }
    String hostname = hostnames.iterator().next();
    if (isSameHost(hostname, nodeName)
        || expected.contains(hostname)
        || location.hostnames().contains(hostname)) {
      proven = true;
      alias = null;
      return Verdict.OWN;
    }
    if (proven || !location.ownNode()) {
      return Verdict.FOREIGN;
    }
    return hostname.equals(alias) ? Verdict.OWN : Verdict.UNPROVEN;
  }

  /** Takes a name for this node's, until the node's own is seen. */
  void accept(String hostname) {
    alias = hostname;
  }

  /** {@code node-1} and {@code node-1.example.com} are one host. */
  private static boolean isSameHost(String one, String other) {
    String shorter = one.length() < other.length() ? one : other;
    String longer = one.length() < other.length() ? other : one;
    return longer.equalsIgnoreCase(shorter)
        || (longer.regionMatches(true, 0, shorter, 0, shorter.length())
            && longer.charAt(shorter.length()) == '.'
            && !shorter.contains("."));
  }
}
