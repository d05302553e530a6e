package io.gpuscaling.exporter.push;

import static io.gpuscaling.exporter.push.PushFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.latest.LatestSamples;
import io.gpuscaling.exporter.push.PushSettings.AdapterName;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.pki.SubjectName;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is trusted with what, and which settings are refused. */
@Timeout(90)
final class PushTrustTest {

  @TempDir private Path folder;
  private PushFixture push;

  @BeforeEach
  void start() throws IOException {
    push = new PushFixture(folder);
  }

  @AfterEach
  void stop() throws IOException {
    push.close();
    assertThat(push.logged()).noneSatisfy(it -> assertThat(it).contains("exporter-token"));
    await()
        .untilAsserted(() ->
            assertThat(Thread.getAllStackTraces().keySet())
                .noneSatisfy(it -> assertThat(it.getName()).startsWith("push-io")));
  }

  @Test
  void adapter_ofAnotherCa_isSentNothing() throws IOException {
    var other = CertificateAuthority.create("other", InstantSource.system());
    FakeAdapter adapter = push.use(FakeAdapter.start(other, PushFixture.address(1), 0));
    push.addresses.add(PushFixture.address(1));
    push.start();

    soon()
        .until(
            () -> push.metric("gpuscaling_push_streams_ended_total", "code", "unavailable") >= 2);
    assertThat(adapter.conversations()).isEmpty();
    assertThat(push.logged())
        .anySatisfy(it -> assertThat(it).contains("UNAVAILABLE").containsIgnoringCase("certif"));
  }

  @Test
  void adapter_ofAnotherName_isSentNothingUnlessThatNameIsConfigured() throws IOException {
    FakeAdapter adapter =
        push.use(
            FakeAdapter.start(
                push.authority,
                PushFixture.address(1),
                0,
                new SubjectName.Dns("elsewhere.test"),
                ClientAuth.NONE));
    push.addresses.add(PushFixture.address(1));
    SamplePusher refusing = push.start();
    soon()
        .until(
            () -> push.metric("gpuscaling_push_streams_ended_total", "code", "unavailable") >= 2);
    assertThat(adapter.conversations()).isEmpty();
    refusing.close();
    push.registry.clear();

    push.start(with(push.settings(), Optional.of("elsewhere.test")), InstantSource.system());

    soon().until(() -> !adapter.conversations().isEmpty());
  }

  @Test
  void adapter_namedByAnIpv6Address_isConnectedTo() throws IOException {
    FakeAdapter adapter =
        push.use(
            FakeAdapter.start(
                push.authority,
                PushFixture.address(1),
                0,
                new SubjectName.Ip("::1"),
                ClientAuth.NONE));
    push.addresses.add(PushFixture.address(1));

    push.start(with(push.settings(), Optional.of("::1")), InstantSource.system());

    soon().until(() -> !adapter.conversations().isEmpty());
  }

  @Test
  void adapter_wantsAClientCertificate_isShownIt() throws IOException {
    FakeAdapter adapter =
        push.use(
            FakeAdapter.start(
                push.authority,
                PushFixture.address(1),
                0,
                new SubjectName.Dns("adapters.test"),
                ClientAuth.REQUIRE));
    push.addresses.add(PushFixture.address(1));
    PemFiles client =
        push.authority.issueClient("exporter", "gpuscaling:exporters").writeTo(folder, "client");
    PushSettings settings = push.settings();
    SamplePusher pusher =
        push.start(
            new PushSettings(
                settings.adapters(),
                settings.caFile(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(client.certificate()),
                Optional.of(client.privateKey()),
                "node-a",
                "boot-1",
                "0.1.0",
                settings.resolveInterval(),
                PushFixture.TIMEOUTS),
            InstantSource.system());

    soon().until(() -> !adapter.conversations().isEmpty());
    assertThat(pusher.certificates())
        .singleElement()
        .satisfies(
            it -> assertThat(it.getSubjectX500Principal().getName()).contains("CN=exporter"));
    assertThat(pusher.authorities()).containsExactly(push.authority.certificate());
    assertThat(adapter.newest().authorization()).isEmpty();
  }

  @Test
  void token_connectionWithoutTls_isNotSent() throws Exception {
    InetAddress address = PushFixture.address(1);
    var server = NettyServerBuilder.forAddress(new InetSocketAddress(address, 0)).build().start();
    var connection =
        new AdapterConnection(
            new AdapterAddress("adapters.test", address, server.getPort()),
            () ->
                NettyChannelBuilder.forAddress(new InetSocketAddress(address, server.getPort()))
                    .usePlaintext()
                    .build(),
            push.settings(),
            new SendableSamples(push.latest, new PushMetrics(new CollectorRegistry())),
            Ticker.system(),
            InstantSource.system(),
            new PushMetrics(push.registry));
    try {
      connection.start();
      soon()
          .until(() ->
              push.metric("gpuscaling_push_streams_ended_total", "code", "unauthenticated") >= 1);
      soon()
          .untilAsserted(() ->
              assertThat(push.logged())
                  .anySatisfy(it -> assertThat(it).contains("a token is only sent over TLS")));
    } finally {
      connection.stop();
      connection.join(Duration.ofSeconds(5));
      server.shutdownNow();
    }
  }

  @Test
  void resolve_systemResolver_findsAddressesOrSaysThatThereAreNone() throws IOException {
    assertThat(AdapterResolver.system().resolve("127.0.0.2"))
        .containsExactly(PushFixture.address(1));
    assertThatThrownBy(() -> AdapterResolver.system().resolve("adapters.invalid"))
        .isInstanceOf(UnknownHostException.class);
  }

  @Test
  void tokenFile_isNoToken_isNotSentAndRecovers() throws IOException {
    FakeAdapter adapter = push.adapter(1);
    for (String bad : List.of("", "exporter-token\nexporter-token", "a".repeat(70_000))) {
      Files.writeString(push.tokenFile, bad);
      push.registry.clear();
      SamplePusher pusher = push.start();
      soon()
          .until(() ->
              push.metric("gpuscaling_push_streams_ended_total", "code", "unauthenticated") >= 2);
      pusher.close();
    }
    assertThat(adapter.conversations()).isEmpty();
    push.registry.clear();
    push.start();
    Files.writeString(push.tokenFile, "exporter-token-2");
    soon().until(() -> !adapter.conversations().isEmpty());
    assertThat(adapter.newest().authorization()).isEqualTo("Bearer exporter-token-2");
  }

  @Test
  void start_caFileIsMissingOrGarbage_failsAndNamesIt() throws IOException {
    for (String content : List.of("", "no certificate")) {
      Files.writeString(push.caFile, content);
      push.registry.clear();
      assertThatThrownBy(push::start)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("ca.crt");
    }
    Files.delete(push.caFile);
    push.registry.clear();
    assertThatThrownBy(push::start).isInstanceOf(IOException.class).hasMessageContaining("ca.crt");
  }

  @Test
  void certificates_withAToken_areNone() throws IOException {
    SamplePusher pusher = push.start();

    assertThat(pusher.certificates()).isEmpty();
    assertThat(pusher.authorities()).hasSize(1);
    try (var idle =
        new SamplePusher(
            push.settings(),
            new LatestSamples(),
            Ticker.system(),
            InstantSource.system(),
            new CollectorRegistry())) {
      assertThat(idle.authorities()).isEmpty();
    }
  }

  @Test
  void settings_textsOfHello_areBounded() {
    PushSettings good = push.settings();
    for (List<String> bad :
        Arrays.asList(
            List.of("", "0.1.0"),
            List.of("b".repeat(65), "0.1.0"),
            List.of("boot", "v".repeat(65)))) {
      assertThatThrownBy(() ->
              new PushSettings(
                  List.of(new AdapterName("adapters.test", 1)),
                  good.caFile(),
                  good.serverName(),
                  good.tokenFile(),
                  good.certificateFile(),
                  good.privateKeyFile(),
                  good.nodeName(),
                  bad.getFirst(),
                  bad.getLast(),
                  good.resolveInterval(),
                  PushFixture.TIMEOUTS))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static PushSettings with(PushSettings settings, Optional<String> serverName) {
    return new PushSettings(
        settings.adapters(),
        settings.caFile(),
        serverName,
        settings.tokenFile(),
        settings.certificateFile(),
        settings.privateKeyFile(),
        settings.nodeName(),
        settings.bootId(),
        settings.version(),
        settings.resolveInterval(),
        PushFixture.TIMEOUTS);
  }
}
