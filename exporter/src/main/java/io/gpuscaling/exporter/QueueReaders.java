package io.gpuscaling.exporter;

import io.gpuscaling.core.lifecycle.Closer;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.core.tls.CertificateExpiry;
import io.gpuscaling.core.tls.CertificateFile;
import io.gpuscaling.exporter.config.ExporterSettings;
import io.gpuscaling.exporter.rabbitmq.BrokerSettings;
import io.gpuscaling.exporter.rabbitmq.RabbitMetrics;
import io.gpuscaling.exporter.rabbitmq.RabbitSettings;
import io.gpuscaling.exporter.rabbitmq.RabbitSource;
import io.gpuscaling.exporter.rabbitmq.ReaderElection;
import io.gpuscaling.exporter.source.SourceListener;
import io.gpuscaling.kubernetes.client.HttpLeaseStore;
import io.gpuscaling.kubernetes.election.ElectionTimes;
import io.gpuscaling.kubernetes.election.LeaderElector;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wires the sources of the brokers and, where replicas share them, the elections of the readers.
 */
final class QueueReaders {

  private static final Logger log = LoggerFactory.getLogger(QueueReaders.class);

  private final ExporterSettings settings;
  private final SourceListener listener;
  private final CertificateExpiry expiry;
  private final CollectorRegistry registry;
  private final Ticker ticker;
  private final InstantSource clock;

  QueueReaders(
      ExporterSettings settings,
      SourceListener listener,
      CertificateExpiry expiry,
      CollectorRegistry registry,
      Ticker ticker,
      InstantSource clock) {
    this.settings = settings;
    this.listener = listener;
    this.expiry = expiry;
    this.registry = registry;
    this.ticker = ticker;
    this.clock = clock;
  }

  /** Starts one source for each broker; an election ends before its source. */
  void start(Closer closer) throws IOException {
    RabbitMetrics metrics = RabbitMetrics.register(registry);
    String identity = identity();
    for (RabbitSettings broker : settings.brokers()) {
      watchCertificates(broker.broker());
      if (settings.leaseNamespace().isPresent()) {
        String lease = settings.leaseName(broker);
        var store =
            closer.register(
                new HttpLeaseStore(settings.leaseAccess(), settings.leaseNamespace().get(), lease));
        var wake = new AtomicReference<Runnable>(() -> {});
        var elector =
            new LeaderElector(
                lease,
                identity,
                store,
                ElectionTimes.DEFAULT,
                new ReaderElection(broker.broker().name(), metrics, () -> wake.get().run()),
                ticker,
                clock);
        RabbitSource source = startSource(closer, broker, metrics, elector::isHeld);
        wake.set(source::wake);
        closer.register("election " + lease, elector).start();
      } else {
        startSource(closer, broker, metrics, () -> true);
      }
    }
  }

  private RabbitSource startSource(
      Closer closer, RabbitSettings broker, RabbitMetrics metrics, BooleanSupplier mayRead)
      throws IOException {
    RabbitSource source =
        RabbitSource.create(
            broker,
            "gpuscaling-exporter",
            mayRead,
            listener,
            metrics,
            ticker,
            RandomGenerator.getDefault());
    closer.register("source " + source.name(), source).start();
    log.atInfo().addKeyValue("source", source.name()).log("reading");
    return source;
  }

  /** As no other process and no former one is called; a pod's host name is the pod's. */
  private static String identity() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException _) {
      host = "unknown-host";
    }
    return host + "_" + UUID.randomUUID();
  }

  private void watchCertificates(BrokerSettings broker) {
    String suffix = broker.name().equals(BrokerSettings.DEFAULT_NAME) ? "" : "-" + broker.name();
    Path caFile = broker.tlsFiles().caFile();
    if (caFile != null) {
      expiry.watchAuthorities("rabbitmq-ca" + suffix, () -> CertificateFile.read(caFile));
    }
    Path certFile = broker.tlsFiles().certFile();
    if (certFile != null) {
      expiry.watchChain("rabbitmq-client" + suffix, () -> CertificateFile.read(certFile));
    }
  }
}
