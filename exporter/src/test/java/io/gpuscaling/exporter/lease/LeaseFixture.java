package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.ServiceAccount;
import io.gpuscaling.kubernetes.pods.PodPlace;
import io.gpuscaling.proto.v1.TaskLeasesGrpc;
import io.gpuscaling.proto.v1.TaskLeasesGrpc.TaskLeasesBlockingStub;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.pki.SubjectName;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A lease server on a free port, with real TLS, and workers that call it. */
final class LeaseFixture implements AutoCloseable {

  static final String AUDIENCE = "gpuscaling-leases";
  static final String NODE = "node-a";

  final FakeTokenReviewer reviewer = new FakeTokenReviewer();
  final CollectorRegistry collectors = new CollectorRegistry();
  final Map<String, PodPlace> pods = new ConcurrentHashMap<>();
  final List<SourceSnapshot> published = new CopyOnWriteArrayList<>();

  private final CertificateAuthority authority =
      CertificateAuthority.create("leases", InstantSource.system());
  private final List<ManagedChannel> channels = new ArrayList<>();
  final LeaseServer server;
  final List<X509Certificate> certificatesBeforeStart;
  private final int port;

  private LeaseFixture(Path folder, Duration timeToLive, Optional<Path> stateFile)
      throws IOException {
    PemFiles files =
        authority
            .issueServer(
                "leases", new SubjectName.Dns("leases.test"), new SubjectName.Dns("localhost"))
            .writeTo(folder, "tls");
    server =
        new LeaseServer(
            new LeaseSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                files.certificate(),
                files.privateKey(),
                NODE,
                AUDIENCE,
                timeToLive,
                Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                Set.of("media", "system"),
                Set.of(new ServiceAccount("flows", "n8n")),
                stateFile),
            reviewer,
            (namespace, name) -> pods.getOrDefault(namespace + "/" + name, new PodPlace.Nowhere()),
            published::add,
            Ticker.system(),
            new NodeClock(Path.of("/proc"), InstantSource.system()),
            collectors);
    certificatesBeforeStart = server.certificates();
    port = server.start();
  }

  static LeaseFixture start(Path folder, Duration timeToLive) throws IOException {
    return new LeaseFixture(folder, timeToLive, Optional.empty());
  }

  /** One whose leases outlive it in a file. */
  static LeaseFixture keeping(Path folder, Duration timeToLive, Path stateFile) throws IOException {
    return new LeaseFixture(folder, timeToLive, Optional.of(stateFile));
  }

  /** A worker with this token, or with none. */
  TaskLeasesBlockingStub worker(@Nullable String token) throws IOException {
    return worker(token, authority, "leases.test");
  }

  TaskLeasesBlockingStub worker(
      @Nullable String token, CertificateAuthority trusted, String serverName) throws IOException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .overrideAuthority(serverName)
            .sslContext(GrpcSslContexts.forClient().trustManager(trusted.certificate()).build())
            .build();
    channels.add(channel);
    var stub = TaskLeasesGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    if (token == null) {
      return stub;
    }
    var headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  ManagedChannel plaintext() {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    channels.add(channel);
    return channel;
  }

  int port() {
    return port;
  }

  int httpPort() {
    return server.httpPort();
  }

  CertificateAuthority authority() {
    return authority;
  }

  /** The pod's running tasks as published last, or -1 when it has no session. */
  int active(String pod) {
    return published.getLast().samples().stream()
        .filter(it -> it.series().metric().equals("gpu_tasks_active"))
        .filter(it -> it.series().labels().getOrEmpty("pod").equals(pod))
        .mapToInt(LeaseFixture::value)
        .reduce(Integer::sum)
        .orElse(-1);
  }

  private static int value(Sample sample) {
    return sample.value() instanceof SampleValue.Known(double value, var _) ? (int) value : -99;
  }

  double metric(String name, String... labelNamesAndValues) {
    String[] names = new String[labelNamesAndValues.length / 2];
    String[] values = new String[names.length];
    for (int i = 0; i < names.length; i++) {
      names[i] = labelNamesAndValues[2 * i];
      values[i] = labelNamesAndValues[2 * i + 1];
    }
    Double value = collectors.getSampleValue(name, names, values);
    return value == null ? 0 : value;
  }

  void closeServer() {
    server.close();
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
  }
}
