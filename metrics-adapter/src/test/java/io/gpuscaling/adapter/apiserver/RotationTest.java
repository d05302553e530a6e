package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.adapter.auth.CertificateAuthorities;
import io.gpuscaling.adapter.auth.ClientTrust;
import io.gpuscaling.adapter.pki.TestAuthority;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates and authorities change while requests run: none fails, and old trust ends. */
@Timeout(120)
class RotationTest {

  private static final String METRIC =
      "/apis/external.metrics.k8s.io/v1beta1/namespaces/ns/my-external-metric";
  private static final int SWAPS = 6;
  private static final int READS_BETWEEN = 5;

  @TempDir private Path folder;
  private ServerFixture fixture;

  @BeforeEach
  void start() throws Exception {
    fixture = new ServerFixture(folder);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  /** Somebody who reads again and again, until told to end. */
  private final class Reader implements AutoCloseable {
    private final TestAuthority.Identity identity;
    private final boolean isOneConnection;
    private final AtomicInteger reads = new AtomicInteger();
    private final List<Object> failures = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean isOver;

    /**
     * Reads from now on.
     *
     * @param isOneConnection whether all reads go over one connection, or each over its own
     */
    Reader(TestAuthority.Identity identity, boolean isOneConnection) {
      this.identity = identity;
      this.isOneConnection = isOneConnection;
      this.thread = Thread.ofVirtual().name("reader").start(this::run);
    }

    private void run() {
      try {
        while (!isOver) {
          try (HttpClient client = fixture.client(HttpClient.Version.HTTP_2, identity)) {
            do {
              read(client);
            } while (isOneConnection && !isOver);
          }
        }
      } catch (Exception e) {
        failures.add(e);
      }
    }

    private void read(HttpClient client) throws Exception {
      int code = fixture.get(client, METRIC).statusCode();
      if (code != 200) {
        failures.add(code);
      }
      reads.incrementAndGet();
    }

    void awaitMoreReads() {
      int before = reads.get();
      await()
          .atMost(ServerFixture.TIMEOUT)
          .until(() -> reads.get() >= before + READS_BETWEEN || !failures.isEmpty());
      assertThat(failures).isEmpty();
    }

    @Override
    public void close() {
      isOver = true;
      await().atMost(ServerFixture.TIMEOUT).until(() -> !thread.isAlive());
      assertThat(failures).isEmpty();
    }
  }

  @Test
  void servingCertificate_swappedWhileRequestsRun_noneFails() throws Exception {
    TestAuthority.Identity alice = fixture.clientCa.client("CN=alice");
    try (var lasting = new Reader(alice, true);
        var returning = new Reader(alice, false)) {
      for (int swap = 0; swap < SWAPS; swap++) {
        fixture.serveWith(fixture.serverCa.server(swap % 2 == 0 ? "RSA" : "EC"));
        fixture.server.reloadCertificate();
        lasting.awaitMoreReads();
        returning.awaitMoreReads();
      }
    }
  }

  @Test
  void clientAuthority_replacedByWayOfABundle_noRequestFails_andTheOldOneEnds() throws Exception {
    TestAuthority next = TestAuthority.create("next-client-ca");
    TestAuthority.Identity old = fixture.clientCa.client("CN=alice");
    try (HttpClient lastOfTheOld = fixture.client(HttpClient.Version.HTTP_2, old)) {
      try (var reader = new Reader(old, true);
          var returning = new Reader(old, false)) {
        reader.awaitMoreReads();
        fixture.trust.replace(trusting(fixture.clientCa.pem() + next.pem()));
        reader.awaitMoreReads();
        returning.awaitMoreReads();
      }
      assertThat(fixture.get(lastOfTheOld, METRIC).statusCode()).isEqualTo(200);
      try (var reader = new Reader(next.client("CN=alice"), true);
          var returning = new Reader(next.client("CN=alice"), false)) {
        reader.awaitMoreReads();
        fixture.trust.replace(trusting(next.pem()));
        reader.awaitMoreReads();
        returning.awaitMoreReads();
        // On the connection that it had all the time.
        assertThat(fixture.get(lastOfTheOld, METRIC).statusCode()).isEqualTo(401);
      }
    }
  }

  private static ClientTrust trusting(String clientAuthorities) throws Exception {
    return new ClientTrust(CertificateAuthorities.ofPem(clientAuthorities), null);
  }
}
