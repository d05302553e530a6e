package io.gpuscaling.core.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class CertificateExpiryTest {

  private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);

  private final CollectorRegistry registry = new CollectorRegistry();
  private final Logger logger = (Logger) LoggerFactory.getLogger(CertificateExpiry.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private Instant now = START;
  private final CertificateExpiry expiry = new CertificateExpiry(() -> now, registry);

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
    expiry.close();
  }

  private static X509Certificate lasting(Duration time) {
    return new FakeCertificate(START, START.plus(time));
  }

  private @Nullable Double shown(String use) {
    return registry.getSampleValue(
        "gpuscaling_tls_certificate_expires_timestamp_seconds",
        new String[] {"use"},
        new String[] {use});
  }

  private List<Level> levels() {
    return lines.list.stream().map(ILoggingEvent::getLevel).toList();
  }

  @Test
  void check_chain_showsTheFirstEnd_authorities_theLast() {
    List<X509Certificate> both =
        List.of(lasting(DAY.multipliedBy(90)), lasting(DAY.multipliedBy(30)));
    expiry.watchChain("serving", () -> both);
    expiry.watchAuthorities("client-ca", () -> both);

    expiry.check();

    assertThat(shown("serving"))
        .isEqualTo((double) START.plus(DAY.multipliedBy(30)).getEpochSecond());
    assertThat(shown("client-ca"))
        .isEqualTo((double) START.plus(DAY.multipliedBy(90)).getEpochSecond());
  }

  @Test
  void check_certificateThatEnds_isToldOnceWhenLittleIsLeftAndOnceWhenItHasEnded() {
    expiry.watchChain("serving", () -> List.of(lasting(DAY.multipliedBy(90))));
    expiry.check();
    assertThat(levels()).isEmpty();

    now = START.plus(DAY.multipliedBy(84));
    expiry.check();
    expiry.check();
    assertThat(levels()).containsExactly(Level.WARN);
    assertThat(lines.list.getFirst().getKeyValuePairs())
        .extracting(pair -> pair.key + "=" + pair.value)
        .containsExactly("use=serving", "endsAt=2026-05-30T00:00:00Z");

    now = START.plus(DAY.multipliedBy(91));
    expiry.check();
    expiry.check();
    assertThat(levels()).containsExactly(Level.WARN, Level.ERROR);
  }

  @Test
  void check_certificateThatWasReplaced_isNotToldOfAgain_andTheGaugeFollows() {
    var current =
        new Object() {
          X509Certificate certificate = lasting(DAY.multipliedBy(90));
        };
    expiry.watchChain("grpc", () -> List.of(current.certificate));
    now = START.plus(DAY.multipliedBy(85));
    expiry.check();
    assertThat(levels()).containsExactly(Level.WARN);

    current.certificate = lasting(DAY.multipliedBy(180));
    expiry.check();

    assertThat(levels()).containsExactly(Level.WARN);
    assertThat(shown("grpc"))
        .isEqualTo((double) START.plus(DAY.multipliedBy(180)).getEpochSecond());
  }

  @Test
  void remaining_certificateOfADay_isLittleInItsLastFifthOnly() {
    X509Certificate short_ = lasting(DAY);

    assertThat(CertificateExpiry.remaining(short_, START.plus(Duration.ofHours(19))))
        .isEqualTo(CertificateExpiry.Remaining.ENOUGH);
    assertThat(CertificateExpiry.remaining(short_, START.plus(Duration.ofHours(20))))
        .isEqualTo(CertificateExpiry.Remaining.LITTLE);
    assertThat(CertificateExpiry.remaining(short_, START.plus(Duration.ofHours(25))))
        .isEqualTo(CertificateExpiry.Remaining.NONE);
  }

  @Test
  void check_noCertificate_showsNothing() {
    var current =
        new Object() {
          List<X509Certificate> chain = List.of(lasting(DAY));
        };
    expiry.watchChain("adapter-client", () -> current.chain);
    expiry.check();
    assertThat(shown("adapter-client")).isNotNull();

    current.chain = List.of();
    expiry.check();

    assertThat(shown("adapter-client")).isNull();
  }

  @Test
  void start_looksAtOnce() {
    expiry.watchChain("serving", () -> List.of(lasting(DAY)));

    expiry.start();

    await().until(() -> shown("serving") != null);
  }

  @Test
  void file_withACertificate_hasIt() throws URISyntaxException {
    URL resource =
        Objects.requireNonNull(CertificateExpiryTest.class.getResource("certificate.pem"));

    assertThat(CertificateFile.read(Path.of(resource.toURI())))
        .singleElement()
        .satisfies(it -> assertThat(it.getSubjectX500Principal()).hasToString("CN=test"));
  }

  @Test
  void file_thatCannotBeRead_hasNoCertificates(@TempDir Path folder) throws IOException {
    assertThat(CertificateFile.read(folder.resolve("none"))).isEmpty();
    assertThat(CertificateFile.read(Files.writeString(folder.resolve("x.crt"), "garbage")))
        .isEmpty();
  }
}
