package io.gpuscaling.exporter.podresources;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.dcgm.DeviceHolders;
import io.gpuscaling.exporter.dcgm.PodAssignments;
import io.gpuscaling.exporter.source.PollLoop;
import io.gpuscaling.proto.podresources.v1.ListPodResourcesRequest;
import io.gpuscaling.proto.podresources.v1.ListPodResourcesResponse;
import io.gpuscaling.proto.podresources.v1.PodResourcesListerGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the kubelet again and again which pods hold which GPUs, and remembers the answer for a
 * while. The kubelet makes its socket anew when it restarts; each try connects by path. Safe for
 * use by any thread.
 */
public final class PodResourcesReader implements PodAssignments, AutoCloseable {

  /** 16 MiB, as the kubelet's own client; gRPC's default of 4 MiB is too little for large nodes. */
  public static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

  /** Longest time for one list; the kubelet answers from memory. */
  static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

  /** So many intervals an answer holds while no newer one comes. */
  static final int INTERVALS_UNTIL_UNKNOWN = 3;

  private static final Logger LOG = LoggerFactory.getLogger(PodResourcesReader.class);
  private static final String OUTCOME_OK = "ok";

  private final PodResourcesSettings settings;
  private final Supplier<Map<String, String>> devices;
  private final Ticker ticker;
  private final Counter lists;
  private final Gauge unmapped;
  private final PollLoop loop;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("kubelet", true), NioIoHandler.newFactory());
  private final ManagedChannel channel;

  // Only the loop's thread uses it.
  private String lastOutcome = "";
  private Set<UnmappedDevice> lastUnmapped = Set.of();

  private volatile Known known = new Known(DeviceHolders.UNKNOWN, 0);

  private record Known(DeviceHolders holders, long atNanos) {}

  /**
   * A reader that asks nothing until {@link #start}.
   *
   * @param devices what NVML shows: MIG UUID to {@code UUID/GI}, and {@code gpu-MINOR} to UUID
   * @param random for jitter
   */
  public PodResourcesReader(
      PodResourcesSettings settings,
      Supplier<Map<String, String>> devices,
      CollectorRegistry registry,
      Ticker ticker,
      RandomGenerator random) {
    this.settings = settings;
    this.devices = devices;
    this.ticker = ticker;
    this.lists =
        Counter.build(
                "gpuscaling_pod_resources_lists_total",
                "Lists of pods and their devices that the kubelet was asked for.")
            .labelNames("outcome")
            .register(registry);
    this.unmapped =
        Gauge.build(
                "gpuscaling_pod_resources_unmapped_devices",
                "Devices of the newest list that cannot be told to be a certain GPU, by reason.")
            .labelNames("reason")
            .register(registry);
    this.channel = channel(settings.socket(), group);
    this.loop = new PollLoop("pod-resources", settings.interval(), this::poll, ticker, random);
  }

  @SuppressWarnings("NullAway") // null takes an option back, by the library's own documentation
  private static ManagedChannel channel(Path socket, EventLoopGroup group) {
    return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
        .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
        .eventLoopGroup(group)
        // gRPC sets it for every channel; a UNIX socket has none, and Netty would say so each time.
        .withOption(ChannelOption.SO_KEEPALIVE, null)
        .usePlaintext()
        // The kubelet does not look at it; a path is no authority.
        .overrideAuthority("localhost")
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .build();
  }

  /** Begins to ask. */
  public void start() {
    loop.start();
  }

  @Override
  public DeviceHolders now() {
    Known now = known;
    long limit = settings.interval().toNanos() * INTERVALS_UNTIL_UNKNOWN;
    return ticker.nanos() - now.atNanos <= limit ? now.holders : DeviceHolders.UNKNOWN;
  }

  private void poll() {
    long startedAtNanos = ticker.nanos();
    try {
      ListPodResourcesResponse list =
          PodResourcesListerGrpc.newBlockingStub(channel)
              .withDeadlineAfter(CALL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
              .list(ListPodResourcesRequest.getDefaultInstance());
      HolderList.Mapped mapped = HolderList.of(list, devices.get());
      known = new Known(mapped.holders(), startedAtNanos);
      tell(mapped.unmapped());
      told(OUTCOME_OK, list.getPodResourcesCount() + " pods");
    } catch (StatusRuntimeException e) {
      // Else a socket that is made anew would be tried again only after gRPC's own, longer wait.
      channel.resetConnectBackoff();
      told(
          e.getStatus().getCode().name().toLowerCase(Locale.ROOT),
          String.valueOf(e.getStatus().getDescription()));
    }
  }

  private void tell(Map<UnmappedDevice, Integer> found) {
    for (UnmappedDevice reason : UnmappedDevice.values()) {
      unmapped.labels(reason.label()).set(found.getOrDefault(reason, 0));
    }
    if (!lastUnmapped.equals(found.keySet())) {
      lastUnmapped = Set.copyOf(found.keySet());
      if (found.isEmpty()) {
        LOG.info("every device that the kubelet names is known");
      } else {
        LOG.warn("pods hold devices that cannot be told to be a certain GPU: {}", found);
      }
    }
  }

  private void told(String outcome, String detail) {
    lists.labels(outcome).inc();
    if (lastOutcome.equals(outcome)) {
      return;
    }
    lastOutcome = outcome;
    if (outcome.equals(OUTCOME_OK)) {
      LOG.info("the kubelet tells which pods hold GPUs: {}", detail);
    } else {
      LOG.warn("the kubelet does not tell which pods hold GPUs ({}): {}", outcome, detail);
    }
  }

  /** Asks no more. */
  @Override
  public void close() {
    channel.shutdownNow();
    loop.close();
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
