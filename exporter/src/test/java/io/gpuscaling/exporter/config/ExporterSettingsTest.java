package io.gpuscaling.exporter.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.config.ConfigProblems;
import io.gpuscaling.core.config.ConfigReader;
import io.gpuscaling.core.config.ConfigResult;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.HostPort;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.exporter.apps.AppEndpoint;
import io.gpuscaling.exporter.apps.AppNumber;
import io.gpuscaling.exporter.apps.AppSettings;
import io.gpuscaling.exporter.apps.AppUrl;
import io.gpuscaling.exporter.dcgm.DcgmSettings;
import io.gpuscaling.exporter.dcgm.DcgmTarget;
import io.gpuscaling.exporter.dcgm.ReplicaSize;
import io.gpuscaling.exporter.lease.LeaseSettings;
import io.gpuscaling.exporter.nvml.NvmlSettings;
import io.gpuscaling.exporter.podresources.PodResourcesSettings;
import io.gpuscaling.exporter.push.PushSettings;
import io.gpuscaling.exporter.push.PushSettings.AdapterName;
import io.gpuscaling.exporter.push.StreamTimeouts;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import io.gpuscaling.exporter.rabbitmq.QueuePattern;
import io.gpuscaling.exporter.rabbitmq.QueueSelection;
import io.gpuscaling.exporter.rabbitmq.RabbitSettings;
import io.gpuscaling.exporter.tasks.TaskFallback;
import io.gpuscaling.exporter.tasks.TaskSettings;
import io.gpuscaling.exporter.tasks.TaskSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExporterSettingsTest {

  private static final String DCGM = "--dcgm-url=http://127.0.0.1:9400/metrics";

  private static ExporterSettings settings(String... arguments) {
    return switch (ConfigReader.read(ExporterKeys.schema(), List.of(arguments), Map.of())) {
      case ConfigResult.Valid(Configuration config) -> new ExporterSettings(config);
      case ConfigResult.Invalid(ConfigProblems problems) ->
          throw new AssertionError(problems.toString());
    };
  }

  @Test
  void apps_presetAndOwn_areHandedOn(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("config.yaml"),
            """
            node: {name: n1}
            apps:
              interval: 7s
              timeout: 1s
              endpoints:
                - {name: llm, preset: vllm, selector: app=vllm, exactness: lower-bound}
                - {name: own, selector: app=o, namespace: team, url: "http://{podIP}/stats", pointer: /n}
            """);

    assertThat(settings("--config=" + file).apps())
        .contains(
            new AppSettings(
                List.of(
                    new AppEndpoint(
                        "llm",
                        "",
                        "app=vllm",
                        new AppUrl("http://{podIP}:8000/metrics"),
                        new AppNumber.Metric("vllm:num_requests_running"),
                        Exactness.LOWER_BOUND),
                    new AppEndpoint(
                        "own",
                        "team",
                        "app=o",
                        new AppUrl("http://{podIP}/stats"),
                        AppNumber.Pointer.parse("/n"),
                        Exactness.EXACT)),
                "n1",
                Duration.ofSeconds(7),
                Duration.ofSeconds(1)));
    assertThat(settings(DCGM).apps()).isEmpty();
  }

  @Test
  void dcgm_everythingSet_isHandedOn() throws IOException {
    ExporterSettings settings =
        settings(
            "--dcgm-url=auto",
            "--node-name=n",
            "--dcgm-namespace=gpu-operator",
            "--dcgm-hostname=h",
            "--dcgm-ca-file=/ca",
            "--dcgm-frozen-after=0s",
            "--dcgm-replica-size=a=2Gi",
            "--dcgm-utilization-ratio-unit=ratio",
            "--pod-resources-socket=/kubelet.sock",
            "--pod-resources-interval=20s");

    assertThat(settings.dcgm())
        .contains(
            new DcgmSettings(
                new DcgmTarget.OwnNode(),
                DcgmSettings.DEFAULT_INTERVAL,
                DcgmSettings.DEFAULT_TIMEOUT,
                Duration.ZERO,
                "n",
                Set.of("h"),
                Path.of("/ca"),
                List.of(new ReplicaSize("a", 2L << 30))));
    assertThat(settings.dcgmNamespace()).isEqualTo("gpu-operator");
    assertThat(settings.dcgmPages()).isNotNull();
    assertThat(settings.podResources())
        .contains(new PodResourcesSettings(Path.of("/kubelet.sock"), Duration.ofSeconds(20)));
    assertThat(settings(DCGM).podResources()).isEmpty();
    assertThat(settings(DCGM).dcgmNamespace()).isEmpty();
  }

  @Test
  void settings_gpusOnly_leaveTheRestOut() {
    ExporterSettings settings = settings(DCGM);

    assertThat(settings.dcgm())
        .contains(
            new DcgmSettings(
                URI.create("http://127.0.0.1:9400/metrics"),
                DcgmSettings.DEFAULT_INTERVAL,
                DcgmSettings.DEFAULT_TIMEOUT));
    assertThat(settings.brokers()).isEmpty();
    assertThat(settings.leases()).isEmpty();
    assertThat(settings.push("boot", "1")).isEmpty();
    assertThat(settings.nodeName()).isEmpty();
    assertThat(settings.listen())
        .isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9401));
    assertThat(settings.stalenessLimits()).isEqualTo(StalenessLimits.DEFAULTS);
  }

  @Test
  void tasks_areByLeasesAloneUnlessTold() {
    assertThat(settings(DCGM).tasks()).isEqualTo(TaskSettings.DEFAULTS);
    assertThat(
            settings(
                    DCGM,
                    "--nvml-mode=auto",
                    "--pod-resources-socket=/kubelet.sock",
                    "--tasks-source=inferred",
                    "--tasks-fallback=nvml",
                    "--tasks-busy-percent=20")
                .tasks())
        .isEqualTo(new TaskSettings(TaskSource.INFERRED, TaskFallback.NVML, 0.2));
  }

  @Test
  void nvml_isTheSourceOfGpusWhereNoDcgmExporterIs() {
    assertThat(settings(DCGM).nvml()).isEmpty();
    assertThat(settings(DCGM, "--nvml-mode=auto").nvml())
        .contains(
            new NvmlSettings(
                "libnvidia-ml.so.1",
                NvmlSettings.DEFAULT_INTERVAL,
                NvmlSettings.DEFAULT_TIMEOUT,
                false,
                List.of()));
    assertThat(
            settings(
                    "--nvml-mode=auto",
                    "--nvml-library=/lib/x",
                    "--nvml-interval=2s",
                    "--nvml-timeout=1s",
                    "--dcgm-replica-size=a=2Gi")
                .nvml())
        .contains(
            new NvmlSettings(
                "/lib/x",
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                true,
                List.of(new ReplicaSize("a", 2L << 30))));
  }

  @ParameterizedTest
  @CsvSource({"1s, 1000", "10s, 10000", "20s, 10000"})
  void dcgm_shortInterval_cutsTheDefaultTimeout(String interval, long timeoutMillis) {
    assertThat(settings(DCGM, "--dcgm-scrape-interval=" + interval).dcgm())
        .map(DcgmSettings::timeout)
        .contains(Duration.ofMillis(timeoutMillis));
  }

  @Test
  void listen_noHost_isEveryAddress() {
    InetSocketAddress address = settings(DCGM, "--listen=:9000").listen();

    assertThat(address.getAddress().isAnyLocalAddress()).isTrue();
    assertThat(address.getPort()).isEqualTo(9000);
  }

  @Test
  void rabbitmq_queues_areInTheVhostOfTheUri() {
    RabbitSettings rabbitmq =
        settings(
                "--rabbitmq-uri=amqps://user@broker/batch",
                "--rabbitmq-queue=a",
                "--rabbitmq-queue=b",
                "--rabbitmq-password-file=/password",
                "--rabbitmq-ca-file=/ca",
                "--rabbitmq-broker=main",
                "--rabbitmq-poll-interval=3s",
                "--rabbitmq-zero-confirmation=0s",
                "--rabbitmq-stuck-after=1h",
                "--rabbitmq-management-url=https://broker:15671",
                "--rabbitmq-prometheus-url=http://broker-0:15692",
                "--rabbitmq-prometheus-url=http://broker-1:15692")
            .brokers()
            .getFirst();

    assertThat(rabbitmq.selection().queues())
        .containsExactly(new QueueId("batch", "a"), new QueueId("batch", "b"));
    assertThat(rabbitmq.broker().name()).isEqualTo("main");
    assertThat(rabbitmq.broker().passwordFile()).isEqualTo(Path.of("/password"));
    assertThat(rabbitmq.broker().tlsFiles().caFile()).isEqualTo(Path.of("/ca"));
    assertThat(rabbitmq.broker().managementUrl()).isEqualTo(URI.create("https://broker:15671"));
    assertThat(rabbitmq.broker().prometheusUrls())
        .containsExactly(URI.create("http://broker-0:15692"), URI.create("http://broker-1:15692"));
    assertThat(rabbitmq.stuckAfter()).isEqualTo(Duration.ofHours(1));
    assertThat(rabbitmq.pollInterval()).isEqualTo(Duration.ofSeconds(3));
    assertThat(rabbitmq.zeroConfirmation()).isEqualTo(Duration.ZERO);
  }

  @Test
  void brokers_severalInTheFile_shareTheBoundAndHaveALeaseEach() throws IOException {
    Path file = Files.createTempFile("exporter", ".yaml");
    Files.writeString(
        file,
        """
        rabbitmq:
          leaseNamespace: gpuscaling
          pollInterval: 3s
          brokers:
            - name: main
              uri: amqps://user@broker/batch
              addresses: ["broker-1:5671"]
              passwordFile: /password
              caFile: /ca
              managementUrl: https://broker:15671
              prometheusUrls: ["http://broker-0:15692"]
              queues:
                - {queue: a}
                - {vhost: media, pattern: "video.*"}
            - name: other
              uri: amqp://other
              queues: [{queue: b}]
        """);
    ExporterSettings settings = settings("--config=" + file);
    Files.delete(file);

    List<RabbitSettings> brokers = settings.brokers();
    assertThat(brokers).hasSize(2);
    RabbitSettings main = brokers.getFirst();
    assertThat(main.broker().addresses())
        .containsExactly(new HostPort("broker", 5671), new HostPort("broker-1", 5671));
    assertThat(main.broker().passwordFile()).isEqualTo(Path.of("/password"));
    assertThat(main.broker().tlsFiles().caFile()).isEqualTo(Path.of("/ca"));
    assertThat(main.broker().prometheusUrls()).containsExactly(URI.create("http://broker-0:15692"));
    assertThat(main.pollInterval()).isEqualTo(Duration.ofSeconds(3));
    assertThat(main.selection())
        .isEqualTo(
            new QueueSelection(
                List.of(new QueueId("batch", "a")),
                List.of(new QueuePattern("media", "video.*")),
                1 + 1_898));
    assertThat(brokers.getLast().selection().maxQueues()).isEqualTo(1);
    assertThat(settings.leaseNamespace()).contains("gpuscaling");
    assertThat(settings.leaseName(main)).isEqualTo("queue-reader-main");
    assertThat(settings.leaseAccess().timeout()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void leases_allSet_areThatOfThisNode() {
    ExporterSettings settings =
        settings(
            "--lease-listen=127.0.0.1:9402",
            "--lease-tls-cert-file=/crt",
            "--lease-tls-private-key-file=/key",
            "--lease-audience=a",
            "--lease-time-to-live=1m",
            "--node-name=n1",
            "--kubernetes-server=https://api:6443",
            "--kubernetes-ca-file=/api-ca",
            "--kubernetes-token-file=/api-token");

    assertThat(settings.leases())
        .contains(
            new LeaseSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 9402),
                Path.of("/crt"),
                Path.of("/key"),
                "n1",
                "a",
                Duration.ofMinutes(1)));
    assertThat(settings.apiServer().server()).isEqualTo(URI.create("https://api:6443"));
    assertThat(settings.apiServer().caFile()).isEqualTo(Path.of("/api-ca"));
    assertThat(settings.apiServer().tokenFile()).isEqualTo(Path.of("/api-token"));
    assertThat(settings.apiServer().timeout()).isPositive();
  }

  @Test
  void push_ofANode_bearsItsName() {
    PushSettings push =
        settings(
                DCGM,
                "--node-name=n1",
                "--adapter=one:1",
                "--adapter=two:2",
                "--adapter-ca-file=/ca",
                "--adapter-server-name=adapter.svc",
                "--adapter-token-file=/token",
                "--adapter-resolve-interval=2s")
            .push("boot", "1.0")
            .orElseThrow();

    assertThat(push)
        .isEqualTo(
            new PushSettings(
                List.of(new AdapterName("one", 1), new AdapterName("two", 2)),
                Path.of("/ca"),
                Optional.of("adapter.svc"),
                Optional.of(Path.of("/token")),
                Optional.empty(),
                Optional.empty(),
                "n1",
                "boot",
                "1.0",
                Duration.ofSeconds(2),
                StreamTimeouts.DEFAULTS));
  }

  @Test
  void push_ofAQueueReader_bearsNoNodeAlsoWhereOneIsSet() {
    PushSettings push =
        settings(
                "--rabbitmq-uri=amqp://broker",
                "--rabbitmq-queue=a",
                "--node-name=n1",
                "--adapter=one:1",
                "--adapter-ca-file=/ca",
                "--adapter-cert-file=/crt",
                "--adapter-key-file=/key")
            .push("boot", "1.0")
            .orElseThrow();

    assertThat(push.nodeName()).isEmpty();
    assertThat(push.certificateFile()).contains(Path.of("/crt"));
    assertThat(push.privateKeyFile()).contains(Path.of("/key"));
  }

  @ParameterizedTest
  @CsvSource({"1s, 10", "2s, 10", "3s, 15", "1m, 300"})
  void stalenessLimits_slowPolls_liveForFiveOfThem(String interval, long seconds) {
    assertThat(settings(DCGM, "--rabbitmq-poll-interval=" + interval).stalenessLimits().queues())
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource({"1s, 45", "30s, 45", "31s, 46.5", "10m, 900"})
  void stalenessLimits_longLeases_outliveTheTimeBetweenTwoPublications(
      String timeToLive, double seconds) {
    assertThat(settings(DCGM, "--lease-time-to-live=" + timeToLive).stalenessLimits().leases())
        .isEqualTo(Duration.ofMillis((long) (seconds * 1000)));
  }
}
