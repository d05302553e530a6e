package io.gpuscaling.adapter.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.proto.v1.AdapterMessage;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server as a whole, over TLS, with a gRPC client. */
class IngestServerTest {

  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final String EXPORTER = "O=gpuscaling:exporters,CN=exporter";

  @SuppressWarnings("NullAway.Init") // before each test
  private TestServer server;

  @BeforeEach
  void create(@TempDir Path folder) {
    server = new TestServer(folder);
  }

  @AfterEach
  void close() {
    server.close();
  }

  // ---- who may

  @Test
  void stream_goodToken_isWelcomedAndItsSeriesAreServed() throws IOException {
    server.start();
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      exporter.send(Messages.hello("gpu-1"));
      exporter.send(Messages.snapshot(1, Messages.gpu(1, "0", 5)));

      AdapterMessage welcome = exporter.answer();
      assertThat(welcome.getWelcome().getAdapterVersion()).isEqualTo("1.2.3");
      assertThat(welcome.getWelcome().getIdleTimeoutMillis()).isEqualTo(30_000);
      assertThat(exporter.answer().getAck().getGeneration()).isEqualTo(1);
      assertThat(server.store().snapshot().contributor(new Contributor.Node("gpu-1"))).isNotNull();
      assertThat(server.metric("gpuscaling_ingest_streams")).isEqualTo(1);

      exporter.send(Messages.delta(9, 8).get());
      assertThat(exporter.answer().getSnapshotRequest().getReason())
          .isEqualTo("generation 1 is held, the delta is for 8");

      exporter.complete();
      assertThat(exporter.end().getCode()).isEqualTo(Status.Code.OK);
    }
    await().atMost(DEADLINE).until(() -> server.metric("gpuscaling_ingest_streams") == 0);
    assertThat(server.metric("gpuscaling_ingest_snapshot_requests_total")).isEqualTo(1);
    assertThat(server.metric("gpuscaling_ingest_messages_total", "kind", "delta")).isEqualTo(1);
  }

  @Test
  void stream_clientCertificate_isItsNode() throws IOException {
    server.start();
    var issued = server.clientCa().client(EXPORTER, "gpuscaling://node/gpu-7");
    try (TestExporter exporter = server.exporter().withCertificate(issued).connect()) {
      exporter.send(Messages.hello("gpu-7"));

      assertThat(exporter.answer().hasWelcome()).isTrue();
    }
  }

  @Test
  void stream_tokenAndCertificate_theTokenCounts() throws IOException {
    server.start();
    var issued = server.clientCa().client(EXPORTER, "gpuscaling://node/gpu-7");
    try (TestExporter exporter =
        server.exporter().withCertificate(issued).withToken("bad").connect()) {
      assertThat(exporter.end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }
  }

  @Test
  void stream_noCredential_isUnauthenticated() throws IOException {
    server.start();
    try (TestExporter exporter = server.exporter().connect()) {
      assertThat(exporter.end())
          .extracting(Status::getCode, Status::getDescription)
          .containsExactly(Status.Code.UNAUTHENTICATED, "no token and no client certificate");
    }
    assertThat(server.metric("gpuscaling_ingest_refused_total", "code", "unauthenticated"))
        .isEqualTo(1);
  }

  @Test
  void stream_badCredentials_areRefusedEachInItsWay() throws IOException {
    server.start();
    for (Map.Entry<String, Status.Code> each :
        Map.of(
                "bad", Status.Code.UNAUTHENTICATED,
                "down", Status.Code.UNAVAILABLE,
                "stranger", Status.Code.PERMISSION_DENIED,
                "", Status.Code.UNAUTHENTICATED)
            .entrySet()) {
      try (TestExporter exporter = server.exporter().withToken(each.getKey()).connect()) {
        assertThat(exporter.end().getCode()).as(each.getKey()).isEqualTo(each.getValue());
      }
    }
    assertThat(server.store().snapshot().contributors()).isEmpty();
  }

  @Test
  void stream_otherAuthorization_isNoToken() throws IOException {
    server.start();
    try (TestExporter exporter = server.exporter().withAuthorization("Basic Z3B1LTE6").connect()) {
      assertThat(exporter.end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }
    try (TestExporter exporter = server.exporter().withAuthorization("bearer gpu-1").connect()) {
      exporter.send(Messages.hello("gpu-1"));
      assertThat(exporter.answer().hasWelcome()).isTrue();
    }
  }

  @Test
  void stream_certificateOfAnotherCa_getsNoConnection() throws IOException {
    server.start();
    var issued = new TestCa().client(EXPORTER, "gpuscaling://node/gpu-7");
    try (TestExporter exporter = server.exporter().withCertificate(issued).connect()) {
      exporter.send(Messages.hello("gpu-7"));

      assertThat(exporter.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
  }

  @Test
  void stream_certificateOfAReader_isForbidden() throws IOException {
    server.start();
    var issued = server.clientCa().client("O=gpuscaling:readers", "gpuscaling://node/gpu-7");
    try (TestExporter exporter = server.exporter().withCertificate(issued).connect()) {
      assertThat(exporter.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    }
  }

  @Test
  void stream_withoutClientCa_takesTokensOnly() throws IOException {
    server.withoutClientCa().start();
    var issued = server.clientCa().client(EXPORTER, "gpuscaling://node/gpu-7");
    try (TestExporter exporter = server.exporter().withCertificate(issued).connect()) {
      assertThat(exporter.end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      exporter.send(Messages.hello("gpu-1"));
      assertThat(exporter.answer().hasWelcome()).isTrue();
    }
  }

  @Test
  void stream_tokenWhereNoneIsTaken_isUnauthenticated() throws IOException {
    server.withoutTokens().start();
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      assertThat(exporter.end().getDescription())
          .isEqualTo("tokens are not accepted here; use a client certificate");
    }
  }

  @Test
  void stream_tokenWhereNoAccountIsAnExporter_isUnauthenticated() throws IOException {
    server.withoutIdentities().start();
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      assertThat(exporter.end().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }
  }

  @Test
  void certificates_beforeTheStart_areNone() throws IOException {
    assertThat(server.server().certificates()).isEmpty();
    assertThat(server.server().clientAuthorities()).isEmpty();
    server.server().reloadCertificate();
    server.start();
    assertThat(server.server().certificates()).hasSize(1);
    assertThat(server.server().clientAuthorities()).hasSize(1);
    server.server().reloadCertificate();
  }

  // ---- what they may say

  @Test
  void stream_reportForAnotherNode_isDenied() throws IOException {
    server.start();
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      exporter.send(Messages.hello("gpu-2"));

      assertThat(exporter.end())
          .extracting(Status::getCode, Status::getDescription)
          .containsExactly(
              Status.Code.PERMISSION_DENIED,
              "the credential is that of node gpu-1, the report is for another");
    }
    assertThat(server.store().snapshot().contributors()).isEmpty();
  }

  @Test
  void stream_brokenRules_endWithTheirStatus() throws IOException {
    server.start();
    var version = Messages.hello("gpu-1").toBuilder();
    version.getHelloBuilder().setProtocolVersion(2);
    assertThat(endAfter(version.build()).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(endAfter(Messages.heartbeat(1)).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(
            endAfter(
                    Messages.hello("gpu-1"), Messages.snapshot(1, Messages.gpu(1, "0", Double.NaN)))
                .getDescription())
        .isEqualTo("a value is not finite");
  }

  @Test
  void stream_afterAViolation_nothingMoreIsTakenIn() throws IOException {
    server.start();

    assertThat(
            endAfter(
                    Messages.hello("gpu-1"),
                    Messages.snapshot(1, Messages.gpu(1, "0", Double.NaN)),
                    Messages.snapshot(2, Messages.gpu(1, "0", 1)),
                    Messages.hello("gpu-1"))
                .getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(server.store().snapshot().contributors()).isEmpty();
  }

  @Test
  void stream_oversizedMessage_endsTheStreamAndNotTheServer() throws IOException {
    server.start();
    String padding = "v".repeat(IngestLimits.MAX_MESSAGE_BYTES + 1);
    var huge = Messages.hello("gpu-1").toBuilder();
    huge.getHelloBuilder().setExporterVersion(padding);

    assertThat(endAfter(huge.build()).getCode())
        .isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.CANCELLED);
    assertStillServes();
  }

  @Test
  void stream_malformedBytes_endTheStreamAndNotTheServer() throws IOException {
    server.start();
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      exporter.sendRaw(new byte[] {10, 127, 1});

      assertThat(exporter.end().getCode()).isNotEqualTo(Status.Code.OK);
    }
    assertStillServes();
  }

  private void assertStillServes() {
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      exporter.send(Messages.hello("gpu-1"));
      assertThat(exporter.answer().hasWelcome()).isTrue();
    }
  }

  private Status endAfter(ExporterMessage... messages) {
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      for (ExporterMessage message : messages) {
        exporter.send(message);
      }
      return exporter.end();
    }
  }

  // ---- how long

  @Test
  void stream_silent_endsWithDeadlineExceeded() throws IOException {
    server.idleTimeout(Duration.ofMillis(300));
    server.start();

    assertThat(endAfter(Messages.hello("gpu-1")).getCode())
        .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
  }

  @Test
  void stream_old_endsWithAbortedThoughItTalks() throws IOException {
    server.idleTimeout(Duration.ofSeconds(3));
    server.maxStreamAge(Duration.ofMillis(100));
    server.start();

    assertThat(endAfter(Messages.hello("gpu-1")))
        .extracting(Status::getCode, Status::getDescription)
        .containsExactly(Status.Code.ABORTED, "time to authenticate again");
  }

  @Test
  void stream_credentialEnds_endsBeforeIt() throws IOException {
    server.idleTimeout(Duration.ofSeconds(6));
    server.start();
    var issued =
        server
            .clientCa()
            .client(
                EXPORTER,
                InstantSource.system().instant().plusSeconds(5),
                "gpuscaling://node/gpu-7");
    try (TestExporter exporter = server.exporter().withCertificate(issued).connect()) {
      exporter.send(Messages.hello("gpu-7"));

      assertThat(exporter.end().getCode()).isEqualTo(Status.Code.ABORTED);
    }
  }

  @Test
  void stream_laterOneOfTheSameNode_endsTheEarlier() throws IOException {
    server.start();
    try (TestExporter early = server.exporter().withToken("gpu-1").connect();
        TestExporter late = server.exporter().withToken("gpu-1").connect()) {
      early.send(Messages.hello("gpu-1"));
      assertThat(early.answer().hasWelcome()).isTrue();
      late.send(Messages.hello("gpu-1"));
      assertThat(late.answer().hasWelcome()).isTrue();

      early.send(Messages.snapshot(1));
      assertThat(early.end().getDescription())
          .isEqualTo("a later stream of the same exporter has taken over");
    }
  }

  @Test
  void stream_tooMany_isRefusedUntilOneEnds() throws IOException {
    server.maxStreams(1);
    server.start();
    try (TestExporter first = server.exporter().withToken("gpu-1").connect()) {
      first.send(Messages.hello("gpu-1"));
      assertThat(first.answer().hasWelcome()).isTrue();
      try (TestExporter second = server.exporter().withToken("gpu-2").connect()) {
        second.send(Messages.hello("gpu-2"));
        assertThat(second.end())
            .extracting(Status::getCode, Status::getDescription)
            .containsExactly(Status.Code.RESOURCE_EXHAUSTED, "more than 1 streams");
      }
    }
    await().atMost(DEADLINE).until(() -> server.metric("gpuscaling_ingest_streams") == 0);
    assertStillServes();
  }

  @Test
  void stream_clientGoesAway_isForgotten() throws IOException {
    server.start();
    TestExporter exporter = server.exporter().withToken("gpu-1").connect();
    exporter.send(Messages.hello("gpu-1"));
    assertThat(exporter.answer().hasWelcome()).isTrue();

    exporter.close();

    await().atMost(DEADLINE).until(() -> server.metric("gpuscaling_ingest_streams") == 0);
  }

  @Test
  void close_openStream_endsWithUnavailableAndPortIsFree() throws IOException {
    server.start();
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      exporter.send(Messages.hello("gpu-1"));
      assertThat(exporter.answer().hasWelcome()).isTrue();

      server.close();

      assertThat(exporter.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
    try (TestExporter exporter = server.exporter().withToken("gpu-1").connect()) {
      assertThat(exporter.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }
  }
}
