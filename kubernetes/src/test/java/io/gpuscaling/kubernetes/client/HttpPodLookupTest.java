package io.gpuscaling.kubernetes.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.pods.PodPlace;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class HttpPodLookupTest {

  private static final String POD =
      """
      {"kind":"Pod","metadata":{"name":"worker-0","uid":"u-1"},"spec":{"nodeName":"gpu-1"}}
      """;

  @TempDir private Path folder;
  private FakeApiServer server;
  private HttpPodLookup lookup;

  @BeforeEach
  void start() throws IOException, GeneralSecurityException {
    var authority = CertificateAuthority.create("cluster", InstantSource.system());
    server = FakeApiServer.start(authority);
    lookup =
        new HttpPodLookup(
            new ApiServerAccess(
                server.address(),
                Files.writeString(folder.resolve("ca.crt"), authority.certificatePem()),
                Files.writeString(folder.resolve("token"), "own-token\n"),
                Duration.ofSeconds(10)));
  }

  @AfterEach
  void stop() {
    lookup.close();
    server.close();
  }

  @Test
  void find_boundPod_isOnItsNodeUntilItIsGone() {
    server.answer(200, POD);
    assertThat(lookup.find("media", "worker-0")).isEqualTo(new PodPlace.OnNode("u-1", "gpu-1"));
    assertThat(server.received())
        .singleElement()
        .satisfies(it -> assertThat(it.path()).isEqualTo("/api/v1/namespaces/media/pods/worker-0"));

    server.answer(404, "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"gone\"}");
    assertThat(lookup.find("media", "worker-0")).isEqualTo(new PodPlace.Nowhere());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"metadata\":{\"uid\":\"u\"},\"spec\":{}}",
        "{\"metadata\":{},\"spec\":{\"nodeName\":\"gpu-1\"}}",
        "{\"spec\":7}"
      })
  void find_podWithoutANode_isNowhere(String body) {
    server.answer(200, body);
    assertThat(lookup.find("media", "worker-0")).isEqualTo(new PodPlace.Nowhere());
  }

  @Test
  void find_refusedOrNotUnderstood_isUnknownAndAskedAgain() {
    server.answer(
        403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"may not get pods\"}");
    assertThat(lookup.find("media", "worker-0"))
        .isEqualTo(new PodPlace.Unknown("the API server answered 403: may not get pods"));
    server.answer(200, "no json");
    assertThat(lookup.find("media", "worker-0")).isInstanceOf(PodPlace.Unknown.class);
    server.answer(200, POD);
    assertThat(lookup.find("media", "worker-0")).isInstanceOf(PodPlace.OnNode.class);
  }
}
