package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A key and its self-signed certificate, made by the JDK's keytool.
 *
 * @param keyStore PKCS #12
 * @param certificate PEM
 */
record TlsMaterial(Path keyStore, Path certificate) {

  private static final String STORE_PASSWORD = "changeit";

  /** Makes one in the folder; the subject alternative name is as keytool writes it. */
  static TlsMaterial create(Path folder, String name, String subjectAlternativeName)
      throws IOException, InterruptedException {
    Path store = folder.resolve(name + ".p12");
    Path certificate = folder.resolve(name + ".pem");
    keytool(
        "-genkeypair",
        "-keyalg",
        "EC",
        "-alias",
        "broker",
        "-dname",
        "CN=" + name,
        "-ext",
        "san=" + subjectAlternativeName,
        "-keystore",
        store.toString(),
        "-storepass",
        STORE_PASSWORD);
    keytool(
        "-exportcert",
        "-rfc",
        "-alias",
        "broker",
        "-file",
        certificate.toString(),
        "-keystore",
        store.toString(),
        "-storepass",
        STORE_PASSWORD);
    return new TlsMaterial(store, certificate);
  }

  /** A server on a free port of the loopback address. */
  ServerSocket serverSocket() throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keyStore)) {
      keys.load(in, STORE_PASSWORD.toCharArray());
    }
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, STORE_PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context
        .getServerSocketFactory()
        .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  private static void keytool(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }
}
