package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.config.HostPort;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerStats;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a broker is reached. Its text never shows the password.
 *
 * @param name the label {@code broker} of its series
 * @param addresses of AMQP, of the nodes of one cluster; tried in this order
 * @param tls whether the connection is encrypted, with the broker's certificate and host checked
 * @param vhost of queues that name none
 * @param user who connects
 * @param password used when there is no file
 * @param passwordFile read at each connection, so that it can be replaced; null for none
 * @param tlsFiles whom to trust, and as whom to appear
 * @param managementUrl root of the management API; null for none
 * @param prometheusUrls Prometheus endpoints of all nodes; none when empty
 */
public record BrokerSettings(
    String name,
    List<HostPort> addresses,
    boolean tls,
    String vhost,
    String user,
    String password,
    @Nullable Path passwordFile,
    TlsFiles tlsFiles,
    @Nullable URI managementUrl,
    List<URI> prometheusUrls)
    implements BrokerStats.Access {

  /**
   * Files of TLS, PEM; read again at each connection.
   *
   * @param caFile certificates to trust instead of the JDK's; null for the JDK's
   * @param certFile the certificate to appear with, and its chain; null for none
   * @param keyFile its key, PKCS #8; null for none
   */
  public record TlsFiles(@Nullable Path caFile, @Nullable Path certFile, @Nullable Path keyFile) {

    /** What the JDK trusts, without a certificate. */
    public static final TlsFiles NONE = new TlsFiles(null, null, null);
  }

  /** Of one broker. */
  public static final int MAX_ADDRESSES = 20;

  /** The name of the only broker. */
  public static final String DEFAULT_NAME = "default";

  /** A token is a few KiB; more is neither. */
  private static final int MAX_PASSWORD_BYTES = 64 * 1024;

  private static final int AMQP_PORT = 5672;
  private static final int AMQPS_PORT = 5671;
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_.-]{0,53}");

  /** Refuses a name that a source cannot have; copies the lists. */
  public BrokerSettings {
    prometheusUrls = List.copyOf(prometheusUrls);
    addresses = List.copyOf(addresses);
    if (addresses.isEmpty() || addresses.size() > MAX_ADDRESSES) {
      throw new IllegalArgumentException(
          "a broker has 1 to " + MAX_ADDRESSES + " addresses, not " + addresses.size());
    }
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a broker's name is made of a-z, 0-9, '_', '.' and '-' and begins with a letter: '"
              + name
              + "'");
    }
  }

  /**
   * Settings of an address {@code amqp[s]://[USER[:PASSWORD]@]HOST[:PORT][/[VHOST]]}. The vhost is
   * {@code /} when it is left out or empty; a slash in it is written {@code %2F}. User and password
   * are {@code guest} when left out.
   *
   * @throws IllegalArgumentException for another address; the message does not repeat it
   */
  public static BrokerSettings parse(
      String name, String address, @Nullable Path passwordFile, TlsFiles tlsFiles) {
    URI uri;
    try {
      uri = new URI(address);
    } catch (URISyntaxException e) {
      // Neither the cause nor its text: both repeat the address, with the password.
      throw new IllegalArgumentException(
          "the RabbitMQ address cannot be read at character " + (e.getIndex() + 1));
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    String host = uri.getHost() == null ? null : uri.getHost().replaceAll("[\\[\\]]", "");
    if (!(scheme.equals("amqp") || scheme.equals("amqps")) || host == null) {
      throw new IllegalArgumentException(
          "the RabbitMQ address must be amqp://[USER[:PASSWORD]@]HOST[:PORT][/VHOST] or amqps://");
    }
    boolean tls = scheme.equals("amqps");
    int defaultPort = tls ? AMQPS_PORT : AMQP_PORT;
    String userInfo = uri.getRawUserInfo();
    String user = "guest";
    String password = "guest";
    if (userInfo != null) {
      int colon = userInfo.indexOf(':');
      user = decode(colon < 0 ? userInfo : userInfo.substring(0, colon));
      password = colon < 0 ? "" : decode(userInfo.substring(colon + 1));
    }
    return new BrokerSettings(
        name,
        List.of(new HostPort(host, uri.getPort() < 0 ? defaultPort : uri.getPort())),
        tls,
        vhost(uri.getRawPath()),
        user,
        password,
        passwordFile,
        tlsFiles,
        null,
        List.of());
  }

  /** The same broker, asked over HTTP too. */
  public BrokerSettings with(@Nullable URI management, List<URI> prometheus) {
    return new BrokerSettings(
        name,
        addresses,
        tls,
        vhost,
        user,
        password,
        passwordFile,
        tlsFiles,
        management,
        prometheus);
  }

  /** The same broker, reached at these addresses too when those before do not answer. */
  public BrokerSettings withAddresses(List<HostPort> more) {
    List<HostPort> all = Stream.concat(addresses.stream(), more.stream()).distinct().toList();
    return new BrokerSettings(
        name,
        all,
        tls,
        vhost,
        user,
        password,
        passwordFile,
        tlsFiles,
        managementUrl,
        prometheusUrls);
  }

  /**
   * The password or token as it is now.
   *
   * @throws IOException when the file cannot be read or is no password; the message does not quote
   *     it
   */
  @Override
  public String readPassword() throws IOException {
    Path file = passwordFile;
    if (file == null) {
      return password;
    }
    if (Files.size(file) > MAX_PASSWORD_BYTES) {
      throw new IOException("the password file is too large");
    }
    return Files.readString(file).stripTrailing();
  }

  /** Where and as whom, without the password. */
  @Override
  public String toString() {
    return (tls ? "amqps://" : "amqp://") + user + "@" + addresses.getFirst() + " (" + name + ")";
  }

  private static String vhost(@Nullable String rawPath) {
    if (rawPath == null || rawPath.length() <= 1) {
      return "/";
    }
    String vhost = rawPath.substring(1);
    if (vhost.indexOf('/') >= 0) {
      throw new IllegalArgumentException(
          "the RabbitMQ address has more than one path segment; write a slash in a vhost as %2F");
    }
    return decode(vhost);
  }

  /** Percent-decodes; a plus sign stays one. */
  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
