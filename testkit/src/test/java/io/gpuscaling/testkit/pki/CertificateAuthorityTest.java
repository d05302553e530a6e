package io.gpuscaling.testkit.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final int SAN_DNS = 2;
  private static final int SAN_URI = 6;
  private static final int SAN_IP = 7;

  private final CertificateAuthority authority =
      CertificateAuthority.create("test CA", InstantSource.fixed(NOW));

  @Test
  void issueServer_names_areSubjectAlternativeNames() throws Exception {
    var issued =
        authority.issueServer(
            "server",
            new SubjectName.Dns("metrics-adapter.gpuscaling.svc"),
            new SubjectName.Ip("127.0.0.1"),
            new SubjectName.Uri("gpuscaling://node/a"));

    assertThat(issued.certificate().getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(
            List.of(SAN_DNS, "metrics-adapter.gpuscaling.svc"),
            List.of(SAN_IP, "127.0.0.1"),
            List.of(SAN_URI, "gpuscaling://node/a"));
    assertThat(issued.certificate().getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    issued.certificate().verify(authority.certificate().getPublicKey());
    assertThat(
            ((ECPublicKey) issued.certificate().getPublicKey()).getParams().getOrder().bitLength())
        .isEqualTo(256);
  }

  @Test
  void issueClient_organizations_areInTheSubject() throws Exception {
    var issued = authority.issueClient("admin", "system:masters", "second");

    assertThat(issued.certificate().getSubjectX500Principal().getName())
        .isEqualTo("CN=admin,O=second,O=system:masters");
    assertThat(issued.certificate().getSubjectAlternativeNames()).isNull();
    assertThat(issued.certificate().getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
  }

  @Test
  void issue_past_isExpiredNow() {
    var spec =
        CertificateSpec.client("old", NOW)
            .withNames(new SubjectName.Uri("x:y"))
            .withValidity(NOW.minus(Duration.ofDays(2)), NOW.minus(Duration.ofDays(1)));

    var certificate = authority.issue(spec).certificate();

    assertThatThrownBy(() -> certificate.checkValidity(Date.from(NOW)))
        .isInstanceOf(CertificateExpiredException.class);
  }

  @Test
  void withValidity_backwards_isRefused() {
    var spec = CertificateSpec.client("x", NOW);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> spec.withValidity(NOW, NOW))
        .withMessageContaining("valid from");
  }

  @Test
  void privateKey_bothPemForms_areTheSameKeyAsTheCertificates() throws Exception {
    var issued = authority.issueServer("server");

    var pkcs8 =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(der(issued.privateKeyPkcs8Pem())));
    assertThat(pkcs8).isEqualTo(issued.privateKey());
    try (var parser = new PEMParser(new StringReader(issued.privateKeySec1Pem()))) {
      var pair = new JcaPEMKeyConverter().getKeyPair((PEMKeyPair) parser.readObject());
      assertThat(pair.getPublic()).isEqualTo(issued.certificate().getPublicKey());
    }
  }

  @Test
  void certificatePem_isReadAsTheSameCertificate() throws Exception {
    X509Certificate read =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(
                    new ByteArrayInputStream(authority.certificatePem().getBytes(US_ASCII)));

    assertThat(read).isEqualTo(authority.certificate());
    assertThat(read.getBasicConstraints()).isNotNegative();
  }

  @Test
  void writeTo_again_replacesFilesAndKeepsKeysPrivate(@TempDir Path folder) throws Exception {
    authority.issueServer("first").writeTo(folder.resolve("pki"), "server");
    var second = authority.issueServer("second");

    var files = second.writeTo(folder.resolve("pki"), "server");

    assertThat(files.certificate()).hasContent(second.certificatePem());
    assertThat(files.privateKey()).hasContent(second.privateKeyPkcs8Pem());
    assertThat(files.sec1PrivateKey()).hasContent(second.privateKeySec1Pem());
    assertThat(Files.getPosixFilePermissions(files.privateKey())).hasSize(2);
    try (var all = Files.list(folder.resolve("pki"))) {
      assertThat(all).hasSize(3);
    }
  }

  @Test
  void writeTo_folderIsAFile_saysWhichCertificate(@TempDir Path folder) throws Exception {
    var file = Files.createFile(folder.resolve("file"));
    var issued = authority.issueServer("server");

    assertThatThrownBy(() -> issued.writeTo(file, "server")).hasMessageContaining("server");
  }

  @Test
  void toString_hasNoKey() {
    assertThat(authority.issueClient("who")).hasToString("IssuedCertificate[CN=who]");
  }

  @Test
  void clientTls_mutual_handshakeSucceedsAndServerSeesTheClient() throws Exception {
    var real = CertificateAuthority.create("real CA", InstantSource.system());
    var server = real.issueServer("server", new SubjectName.Dns("localhost"));
    var client = real.issueClient("client", "group");

    try (var listener = listen(ClientTls.trusting(real, server))) {
      Future<String> peer = acceptPeerName(listener);
      connect(ClientTls.trusting(real, client), listener.getLocalPort());
      assertThat(peer.get()).isEqualTo("CN=client,O=group");
    }
  }

  @Test
  void clientTls_strangersAuthority_isNotTrusted() throws Exception {
    var real = CertificateAuthority.create("real CA", InstantSource.system());
    var server = real.issueServer("server", new SubjectName.Dns("localhost"));
    var stranger = CertificateAuthority.create("other CA", InstantSource.system());

    try (var listener = listen(ClientTls.trusting(real, server))) {
      Future<String> peer = acceptPeerName(listener);
      assertThatThrownBy(() -> connect(ClientTls.trusting(stranger), listener.getLocalPort()))
          .isInstanceOf(SSLException.class);
      assertThatThrownBy(peer::get).isInstanceOf(ExecutionException.class);
    }
  }

  private static SSLServerSocket listen(SSLContext context) throws IOException {
    var listener =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress());
    listener.setNeedClientAuth(true);
    return listener;
  }

  private static Future<String> acceptPeerName(SSLServerSocket listener) {
    return ForkJoinPool.commonPool()
        .submit(() -> {
          try (var socket = (SSLSocket) listener.accept()) {
            socket.startHandshake();
            return socket.getSession().getPeerPrincipal().getName();
          }
        });
  }

  private static void connect(SSLContext context, int port)
      throws IOException, GeneralSecurityException {
    try (var socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress().getHostAddress(), port)) {
      socket.startHandshake();
      assertThat(socket.getInputStream().read()).isNegative();
    }
  }

  private static byte[] der(String pem) {
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
  }
}
