package io.gpuscaling.exporter.push;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.latest.LatestSamples;
import io.gpuscaling.exporter.push.PushSettings.AdapterName;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.slf4j.LoggerFactory;

/** A pusher, the adapters that it finds, and what it logs. */
final class PushFixture implements AutoCloseable {

  /** Short, since tests wait for their end. */
  static final StreamTimeouts TIMEOUTS =
      new StreamTimeouts(Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofSeconds(2));

  static final String TOKEN = "eyJhbGciOi.exporter-token-1.sig";

  final CertificateAuthority authority =
      CertificateAuthority.create("adapters", InstantSource.system());
  final LatestSamples latest = new LatestSamples();
  final CollectorRegistry registry = new CollectorRegistry();
  final Path tokenFile;
  final Path caFile;

  /** What the look-up finds; empty for a failing one. */
  final List<InetAddress> addresses = new CopyOnWriteArrayList<>();

  private final List<AutoCloseable> open = new ArrayList<>();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger =
      (Logger) LoggerFactory.getLogger(PushFixture.class.getPackageName());
  private int port;

  PushFixture(Path folder) throws IOException {
    tokenFile = Files.writeString(folder.resolve("token"), TOKEN + "\n");
    caFile = Files.writeString(folder.resolve("ca.crt"), authority.certificatePem());
    logger.setLevel(Level.TRACE);
    log.start();
    logger.addAppender(log);
  }

  /** A loopback address of its own for each adapter; all share a port as pods behind a name do. */
  static InetAddress address(int number) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (1 + number)});
  }

  /** Starts an adapter and has the look-up find it. */
  FakeAdapter adapter(int number) throws IOException {
    FakeAdapter adapter = use(FakeAdapter.start(authority, address(number), port));
    addresses.add(address(number));
    return adapter;
  }

  /** Takes over an adapter that is there. */
  FakeAdapter use(FakeAdapter adapter) {
    port = adapter.port();
    open.add(adapter);
    return adapter;
  }

  int port() {
    return port;
  }

  PushSettings settings() {
    return new PushSettings(
        List.of(new AdapterName("adapters.test", port)),
        caFile,
        Optional.empty(),
        Optional.of(tokenFile),
        Optional.empty(),
        Optional.empty(),
        "node-a",
        "boot-1",
        "0.1.0",
        Duration.ofMillis(100),
        TIMEOUTS);
  }

  SamplePusher start() throws IOException {
    return start(settings(), InstantSource.system());
  }

  SamplePusher start(PushSettings settings, InstantSource clock) throws IOException {
    var pusher =
        new SamplePusher(settings, this::resolve, latest, Ticker.system(), clock, registry);
    open.add(pusher);
    pusher.start();
    return pusher;
  }

  private List<InetAddress> resolve(String host) throws UnknownHostException {
    if (addresses.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return List.copyOf(addresses);
  }

  void publish(String metric, double value) {
    long now = Ticker.system().nanos();
    latest.publish(
        new SourceSnapshot(
            "dcgm",
            new SourceState.Ok(now),
            List.of(
                new Sample(new SeriesKey(metric, Labels.EMPTY), SampleValue.exact(value), now))));
  }

  double metric(String name, String... labelAndValue) {
    Double value =
        labelAndValue.length == 0
            ? registry.getSampleValue(name)
            : registry.getSampleValue(
                name, new String[] {labelAndValue[0]}, new String[] {labelAndValue[1]});
    return value == null ? 0 : value;
  }

  /** Everything that was logged, with its facts. */
  List<String> logged() {
    return List.copyOf(log.list).stream()
        .map(it ->
            it.getFormattedMessage()
                + it.getKeyValuePairs()
                + (it.getThrowableProxy() == null ? "" : it.getThrowableProxy().getMessage()))
        .toList();
  }

  static ConditionFactory soon() {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1));
  }

  static boolean holds(FakeAdapter adapter, String metric, double value) {
    if (adapter.conversations().isEmpty()) {
      return false;
    }
    return adapter.newest().value(metric) == value;
  }

  @Override
  public void close() throws IOException {
    for (AutoCloseable each : open.reversed()) {
      try {
        each.close();
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
    logger.detachAppender(log);
  }
}
