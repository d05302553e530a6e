package io.gpuscaling.demo.queue;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where a broker is. The password is apart, so that it stands in no process list; the text form
 * leaves it out.
 *
 * @param uri without a password
 * @param password of the user in the URI
 */
public record BrokerAddress(URI uri, String password) {

  private static final String DEFAULT_USER = "guest";

  /**
   * Takes a URI apart. Without user or password both are {@code guest}, RabbitMQ's own default.
   *
   * @throws IllegalArgumentException when it is no {@code amqp} or {@code amqps} URI of a host; the
   *     message does not repeat it, since it may hold a password
   */
  public static BrokerAddress parse(String text) {
    try {
      URI uri = new URI(text);
      if (uri.getHost() == null
          || !("amqp".equals(uri.getScheme()) || "amqps".equals(uri.getScheme()))) {
        throw new IllegalArgumentException("must be amqp[s]://[USER:PASSWORD@]HOST[:PORT][/VHOST]");
      }
      String info =
          uri.getUserInfo() == null ? DEFAULT_USER + ":" + DEFAULT_USER : uri.getUserInfo();
      int colon = info.indexOf(':');
      String user = colon < 0 ? info : info.substring(0, colon);
      String password = colon < 0 ? DEFAULT_USER : info.substring(colon + 1);
      String authority =
          uri.getRawAuthority().substring(uri.getRawAuthority().lastIndexOf('@') + 1);
      String rawUser = new URI(null, user, "h", -1, null, null, null).getRawUserInfo();
      String path = uri.getRawPath() == null ? "" : uri.getRawPath();
      return new BrokerAddress(
          URI.create(uri.getScheme() + "://" + rawUser + "@" + authority + path), password);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("is no URI");
    }
  }

  @Override
  public String toString() {
    return uri.toString();
  }
}
