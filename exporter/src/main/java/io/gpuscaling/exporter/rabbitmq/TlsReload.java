package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.exporter.rabbitmq.stats.BrokerStats;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of a broker's HTTP interfaces, from its files as they are. Files that cannot be used leave
 * what there was, and are not tried again until they change. For one thread.
 */
final class TlsReload implements BrokerStats.Tls {

  private static final Logger LOG = LoggerFactory.getLogger(TlsReload.class);

  private final BrokerSettings broker;
  private final SSLContext first;
  private List<Credentials.Stamp> seen;

  /**
   * From the files as they are now.
   *
   * @throws IOException when one cannot be read
   * @throws GeneralSecurityException when one holds nothing usable
   */
  TlsReload(BrokerSettings broker) throws IOException, GeneralSecurityException {
    this.broker = broker;
    // First, so that what changes while the files are read is read again.
    this.seen = Credentials.stamps(broker.tlsFiles());
    this.first = BrokerTls.context(broker.tlsFiles());
  }

  @Override
  public SSLContext first() {
    return first;
  }

  @Override
  public @Nullable SSLContext changed() {
    try {
      List<Credentials.Stamp> now = Credentials.stamps(broker.tlsFiles());
      if (now.equals(seen)) {
        return null;
      }
      seen = now;
      return BrokerTls.context(broker.tlsFiles());
    } catch (IOException | GeneralSecurityException e) {
      LOG.warn("{}: changed TLS files cannot be used: {}", broker, e.getClass().getSimpleName());
      return null;
    }
  }
}
