package io.gpuscaling.adapter.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.ingest.ExporterScope;
import io.gpuscaling.adapter.metrics.Grants.Grant;
import io.gpuscaling.adapter.slot.ServiceReference;
import io.gpuscaling.adapter.slot.SlotSettings;
import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.ConfigProblems;
import io.gpuscaling.core.config.ConfigReader;
import io.gpuscaling.core.config.ConfigResult;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.kubernetes.identity.ServiceAccount;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AdapterKeysTest {

  private static final List<String> CERTIFICATE =
      List.of("--tls-cert-file=/crt", "--tls-private-key-file=/key");

  @TempDir private Path folder;

  private static ConfigResult read(boolean insideCluster, String... arguments) {
    var all = new ArrayList<>(CERTIFICATE);
    all.addAll(List.of(arguments));
    return ConfigReader.read(AdapterKeys.schema(insideCluster), all, Map.of());
  }

  private static AdapterSettings settings(String... arguments) {
    return switch (read(false, arguments)) {
      case ConfigResult.Valid(Configuration config) -> new AdapterSettings(config, "1.0");
      case ConfigResult.Invalid(ConfigProblems problems) ->
          throw new AssertionError(problems.toString());
    };
  }

  private static List<String> problems(ConfigResult result) {
    return switch (result) {
      case ConfigResult.Valid _ -> List.of();
      case ConfigResult.Invalid(ConfigProblems problems) ->
          problems.list().stream().map(ConfigProblem::toString).toList();
    };
  }

  private String file(String yaml) throws IOException {
    return "--config=" + Files.writeString(folder.resolve("c.yaml"), yaml);
  }

  @Test
  void read_nothing_saysThatACertificateIsNeeded() {
    assertThat(problems(ConfigReader.read(AdapterKeys.schema(false), List.of(), Map.of())))
        .hasSize(2)
        .anyMatch(problem -> problem.startsWith("tlsCertFile"))
        .anyMatch(problem -> problem.startsWith("tlsPrivateKeyFile"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void read_certificateOnly_isSoundInAndOutsideACluster(boolean insideCluster) {
    assertThat(problems(read(insideCluster))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--grpc-tls-cert-file=/c", "--grpc-tls-private-key-file=/k"})
  void check_halfACertificateForExporters_isRefused(String half) {
    assertThat(problems(read(false, half)))
        .singleElement()
        .asString()
        .contains("goes together with grpc.tlsPrivateKeyFile");
  }

  @Test
  void check_standaloneInsideACluster_isRefused() {
    assertThat(problems(read(true, "--standalone", "--client-ca-file=/ca")))
        .singleElement()
        .asString()
        .contains("refused inside a cluster");
  }

  @Test
  void check_standaloneWithEveryFault_saysAllAtOnce() {
    assertThat(problems(read(true, "--standalone", "--kubeconfig=/k")))
        .hasSize(3)
        .anyMatch(problem -> problem.contains("refused inside a cluster"))
        .anyMatch(problem -> problem.contains("authentication is never off"))
        .anyMatch(problem -> problem.contains("standalone means none"));
  }

  @ParameterizedTest
  @CsvSource({"--client-ca-file=/ca, clientCaFile", "--standalone-nodes=n1, standaloneNodes"})
  void check_standaloneKeysWithACluster_areRefused(String argument, String key) {
    assertThat(problems(read(false, argument)))
        .singleElement()
        .asString()
        .startsWith(key)
        .contains("is for standalone");
  }

  private static ConfigResult ownCertificate(String... arguments) {
    var all = new ArrayList<>(List.of("--certificates-self-managed"));
    all.addAll(List.of(arguments));
    return ConfigReader.read(AdapterKeys.schema(true), all, Map.of());
  }

  @Test
  void check_ownCertificate_needsNoFilesAndReadsNone() {
    assertThat(problems(ownCertificate())).isEmpty();
    assertThat(problems(ownCertificate("--tls-cert-file=/c", "--tls-private-key-file=/k")))
        .hasSize(2)
        .allMatch(problem -> problem.contains("is not read with certificates.selfManaged"));
    assertThat(
            problems(
                ConfigReader.read(
                    AdapterKeys.schema(false),
                    List.of("--certificates-self-managed", "--standalone", "--client-ca-file=/ca"),
                    Map.of())))
        .singleElement()
        .asString()
        .contains("needs a cluster");
  }

  @Test
  void check_validitiesThatLeaveNoTime_areRefused() {
    assertThat(
            problems(
                ownCertificate(
                    "--certificates-ca-validity=60m",
                    "--certificates-validity=21m",
                    "--certificates-overlap=11m")))
        .hasSize(2)
        .anyMatch(problem -> problem.contains("more than a third"))
        .anyMatch(problem -> problem.contains("more than a sixth"));
  }

  @Test
  void settings_ownCertificate_servesBothEndpointsWithIt() {
    Configuration config =
        switch (ownCertificate("--certificates-dns-names=x.y")) {
          case ConfigResult.Valid(Configuration valid) -> valid;
          case ConfigResult.Invalid(ConfigProblems problems) ->
              throw new AssertionError(problems.toString());
        };
    var settings =
        new AdapterSettings(config, "1").servingWith(Path.of("/own.crt"), Path.of("/own.key"));

    assertThat(settings.managesCertificates()).isTrue();
    assertThat(settings.apiServer().certificateFile()).isEqualTo(Path.of("/own.crt"));
    assertThat(settings.ingest().privateKeyFile()).isEqualTo(Path.of("/own.key"));
    assertThat(settings.rotation().dnsNames())
        .containsExactly("metrics-adapter.gpuscaling.svc", "x.y");
    assertThat(settings.authoritySecret()).isEqualTo("metrics-adapter-ca");
    assertThat(settings.bundleConfigMap()).isEqualTo("metrics-adapter-ca");
  }

  @Test
  void settings_warmUp_isShortAndNoneWithoutACluster() {
    assertThat(settings().warmUp()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings("--startup-warm-up=0s").warmUp()).isZero();
    assertThat(settings("--standalone", "--client-ca-file=/ca").warmUp()).isZero();
  }

  @Test
  void check_noApiAtAll_isRefused() {
    assertThat(problems(read(false, "--apis-custom=false", "--apis-external=false")))
        .singleElement()
        .asString()
        .startsWith("apis.external")
        .contains("nothing is served");
  }

  @Test
  void settings_ofTheSlots_areOurServiceAndNothingIsTakenOver() {
    assertThat(settings().slots())
        .isEqualTo(
            new SlotSettings(
                new ServiceReference("gpuscaling", "metrics-adapter", 443),
                Set.of(ApiVersion.values()),
                false));

    AdapterSettings other =
        settings(
            "--apis-external=false",
            "--api-services-take-over",
            "--service-namespace=a",
            "--service-name=b",
            "--service-port=8443");
    Set<ApiVersion> withoutExternal = EnumSet.complementOf(EnumSet.of(ApiVersion.EXTERNAL_V1BETA1));
    assertThat(other.slots())
        .isEqualTo(new SlotSettings(new ServiceReference("a", "b", 8443), withoutExternal, true));
    assertThat(other.apiServer().routes().versions()).isEqualTo(withoutExternal);
  }

  @Test
  void settings_defaults_areThoseOfACluster() {
    AdapterSettings settings = settings();

    assertThat(settings.isStandalone()).isFalse();
    assertThat(settings.clientCaFile()).isEmpty();
    assertThat(settings.standaloneNodes()).isEmpty();
    assertThat(settings.kubeconfig()).isEmpty();
    assertThat(settings.authenticationKubeconfig()).isEmpty();
    assertThat(settings.authorizationKubeconfig()).isEmpty();
    assertThat(settings.apiServer().bindAddress()).isEqualTo("0.0.0.0");
    assertThat(settings.apiServer().port()).isEqualTo(6443);
    assertThat(settings.apiServer().programVersion()).isEqualTo("1.0");
    assertThat(settings.ingest().listen().getPort()).isEqualTo(9443);
    assertThat(settings.ingest().listen().getAddress().isAnyLocalAddress()).isTrue();
    assertThat(settings.ingest().certificateFile()).isEqualTo(Path.of("/crt"));
    assertThat(settings.ingest().privateKeyFile()).isEqualTo(Path.of("/key"));
    assertThat(settings.ingest().clientCaFile()).isEmpty();
    assertThat(settings.ingest().identities()).isEmpty();
    assertThat(settings.metrics().limits()).isEqualTo(StalenessLimits.DEFAULTS);
    assertThat(settings.metrics().grants().grants()).isEmpty();
    assertThat(settings.metrics().notReadyTimeout()).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void ingest_ownCertificateAndAuthority_goBeforeTheGeneralOnes() {
    AdapterSettings settings =
        settings(
            "--standalone",
            "--client-ca-file=/ca",
            "--standalone-nodes=n1",
            "--standalone-nodes=n2",
            "--grpc-listen=127.0.0.1:1",
            "--grpc-tls-cert-file=/c",
            "--grpc-tls-private-key-file=/k",
            "--grpc-client-ca-file=/exporters",
            "--ingest-audience=a",
            "--ingest-idle-timeout=3s",
            "--ingest-max-stream-age=4s",
            "--ingest-max-streams=5");

    assertThat(settings.isStandalone()).isTrue();
    assertThat(settings.standaloneNodes()).containsExactly("n1", "n2");
    assertThat(settings.clientCaFile()).contains(Path.of("/ca"));
    assertThat(settings.ingest().listen())
        .isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
    assertThat(settings.ingest().certificateFile()).isEqualTo(Path.of("/c"));
    assertThat(settings.ingest().privateKeyFile()).isEqualTo(Path.of("/k"));
    assertThat(settings.ingest().clientCaFile()).contains(Path.of("/exporters"));
    assertThat(settings.ingest().audience()).isEqualTo("a");
    assertThat(settings.ingest().idleTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.ingest().maxStreamAge()).isEqualTo(Duration.ofSeconds(4));
    assertThat(settings.ingest().maxStreams()).isEqualTo(5);
  }

  @Test
  void ingest_standaloneWithoutOwnAuthority_usesTheGeneralOne() {
    assertThat(settings("--standalone", "--client-ca-file=/ca").ingest().clientCaFile())
        .contains(Path.of("/ca"));
  }

  @Test
  void kubeconfigs_ownOnes_goBeforeTheGeneralOne() {
    AdapterSettings general = settings("--kubeconfig=/k");
    AdapterSettings own =
        settings(
            "--kubeconfig=/k", "--authentication-kubeconfig=/n", "--authorization-kubeconfig=/z");

    assertThat(general.authenticationKubeconfig()).contains(Path.of("/k"));
    assertThat(general.authorizationKubeconfig()).contains(Path.of("/k"));
    assertThat(own.authenticationKubeconfig()).contains(Path.of("/n"));
    assertThat(own.authorizationKubeconfig()).contains(Path.of("/z"));
  }

  @ParameterizedTest
  @CsvSource({"10s, 20s, 30s, 300", "30s, 10s, 20s, 300", "20s, 30s, 10s, 300"})
  void retention_anyLimits_isTenTimesTheLongest(
      String dcgm, String leases, String queues, long seconds) {
    AdapterSettings settings =
        settings(
            "--freshness-dcgm=" + dcgm,
            "--freshness-leases=" + leases,
            "--freshness-queues=" + queues);

    assertThat(settings.retention()).isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void identities_soundList_isByServiceAccount() throws IOException {
    AdapterSettings settings =
        settings(
            file(
                """
                ingest:
                  identities:
                    - {namespace: gpu, name: exporter, scope: node}
                    - {namespace: gpu, name: queues, scope: queues}
                """));

    assertThat(settings.ingest().identities())
        .isEqualTo(
            Map.of(
                new ServiceAccount("gpu", "exporter"), ExporterScope.NODE,
                new ServiceAccount("gpu", "queues"), ExporterScope.QUEUES));
  }

  @Test
  void identities_faults_areToldWithTheirLines() throws IOException {
    List<String> problems =
        problems(
            read(
                false,
                file(
                    """
                    ingest:
                      identities:
                        - {namespace: gpu, name: exporter, scope: everything}
                        - {namespace: gpu, scope: node}
                        - {namespace: gpu, name: a, scope: node}
                        - {namespace: gpu, name: a, scope: queues}
                        - {namespace: gpu, name: b, scope: node, color: red}
                    """)));

    assertThat(problems)
        .hasSize(4)
        .anyMatch(p -> p.contains("c.yaml:3") && p.contains("one of node, queues"))
        .anyMatch(p -> p.contains("c.yaml:4") && p.contains("lacks name"))
        .anyMatch(p -> p.contains("c.yaml:6") && p.contains("listed twice"))
        .anyMatch(p -> p.contains("c.yaml:7") && p.contains("color"));
  }

  @Test
  void grants_soundList_fillsWhatIsLeftOutWithAny() throws IOException {
    AdapterSettings settings =
        settings(
            file(
                """
                grants:
                  - namespaces: [team-a, team-b]
                    nodes: true
                    queues:
                      - {queue: jobs-*}
                      - {broker: main, vhost: default, queue: x}
                  - namespaces: ["*"]
                """));

    List<Grant> grants = settings.metrics().grants().grants();
    assertThat(grants).hasSize(2);
    assertThat(grants.getFirst().namespaces()).containsExactly("team-a", "team-b");
    assertThat(grants.getFirst().nodes()).isTrue();
    assertThat(grants.getFirst().queues())
        .extracting(it -> it.broker() + "/" + it.vhost() + "/" + it.queue())
        .containsExactly("*/*/jobs-*", "main/default/x");
    assertThat(grants.getLast().nodes()).isFalse();
    assertThat(grants.getLast().queues()).isEmpty();
  }

  @Test
  void grants_faults_areToldWithTheirLines() throws IOException {
    List<String> problems =
        problems(
            read(
                false,
                file(
                    """
                    grants:
                      - nodes: true
                      - namespaces: team-a
                      - namespaces: [team-a]
                        nodes: perhaps
                        queues:
                          - {broker: main}
                          - jobs
                    """)));

    assertThat(problems)
        .anyMatch(p -> p.contains("c.yaml:2") && p.contains("needs namespaces"))
        .anyMatch(p -> p.contains("c.yaml:3") && p.contains("must be a list"))
        .anyMatch(p -> p.contains("c.yaml:5") && p.contains("true or false"))
        .anyMatch(p -> p.contains("c.yaml:7") && p.contains("lacks queue"))
        .anyMatch(p -> p.contains("c.yaml:8") && p.contains("must be a map"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"grants: all", "ingest: {identities: {namespace: a}}"})
  void structuredKey_noList_isRefused(String yaml) throws IOException {
    assertThat(problems(read(false, file(yaml))))
        .singleElement()
        .asString()
        .contains("c.yaml:1")
        .contains("must be a list");
  }
}
