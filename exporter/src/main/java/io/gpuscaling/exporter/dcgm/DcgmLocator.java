package io.gpuscaling.exporter.dcgm;

import java.net.InetAddress;
import java.net.URI;
import java.util.Set;

/** Says where the page is. Safe for use by any thread. */
@FunctionalInterface
public interface DcgmLocator {

  /** Where it is now. May block for a bounded time; never throws for what a server says. */
  Location locate();

  /** What a look-up came to. */
  sealed interface Location {

    /**
     * There.
     *
     * @param url of the page
     * @param hostnames by which the exporter there may call its node, besides the node's own name
     * @param ownNode whether nobody but this node's exporter can answer there
     */
    record At(URI url, Set<String> hostnames, boolean ownNode) implements Location {

      /** Copies the set. */
      public At {
        hostnames = Set.copyOf(hostnames);
      }
    }

    /** Nowhere that is known, for a reason. */
    record Nowhere(String reason) implements Location {}
  }

  /** An address that does not change. A loopback address is this node's own. */
  static DcgmLocator fixed(URI url) {
    var location = new Location.At(url, Set.of(), isLoopback(url));
    return () -> location;
  }

  private static boolean isLoopback(URI url) {
    String host = url.getHost();
    if (host == null || host.equals("localhost")) {
      return host != null;
    }
    try {
      return InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")).isLoopbackAddress();
    } catch (IllegalArgumentException _) {
      return false; // A name: it may lead anywhere.
    }
  }
}
