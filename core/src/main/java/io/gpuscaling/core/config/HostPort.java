package io.gpuscaling.core.config;

import java.net.InetSocketAddress;
import java.util.regex.Pattern;

/**
 * An address to listen on or to connect to.
 *
 * @param host a DNS name or an IP address, IPv6 without brackets; empty means all addresses of this
 *     machine
 * @param port 0 to 65535; 0 means any free one
 */
public record HostPort(String host, int port) {

  /** Highest TCP port. */
  public static final int MAX_PORT = 65_535;

  /** Longest DNS name. */
  private static final int MAX_HOST_CHARS = 253;

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9.])?");
  private static final Pattern IPV6 =
      Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?");
  private static final Pattern PORT = Pattern.compile("\\d{1,5}");

  /** Refuses a host or a port that cannot be one. */
  public HostPort {
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("port " + port + " is not within 0 and " + MAX_PORT);
    }
    if (host.length() > MAX_HOST_CHARS || !isHost(host)) {
      throw new IllegalArgumentException("not a host: " + host);
    }
  }

  private static boolean isHost(String host) {
    return host.isEmpty() || HOST.matcher(host).matches() || IPV6.matcher(host).matches();
  }

  /** Reads {@code HOST:PORT}, {@code [IPV6]:PORT} or {@code :PORT}. */
  public static Parsed<HostPort> parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      return Parsed.refused("has no :PORT");
    }
    String host = text.substring(0, colon);
    String portText = text.substring(colon + 1);
    if (!PORT.matcher(portText).matches()) {
      return Parsed.refused("has no port number after the last colon");
    }
    int port = Integer.parseInt(portText);
    if (port > MAX_PORT) {
      return Parsed.refused("has a port above " + MAX_PORT);
    }
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    String bare = bracketed ? host.substring(1, host.length() - 1) : host;
    if (bracketed != IPV6.matcher(bare).matches()) {
      return Parsed.refused(
          bracketed
              ? "has brackets around no IPv6 address"
              : "needs brackets around the IPv6 address");
    }
    return bare.length() <= MAX_HOST_CHARS && isHost(bare)
        ? Parsed.value(new HostPort(bare, port))
        : Parsed.refused("has no valid host name");
  }

  /** The address as a socket wants it. Looks a name up, hence blocks; a name unknown is left so. */
  public InetSocketAddress lookUp() {
    return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
