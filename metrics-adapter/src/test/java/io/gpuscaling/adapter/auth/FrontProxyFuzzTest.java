package io.gpuscaling.adapter.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gpuscaling.adapter.pki.TestAuthority;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.TokenReview;
import io.gpuscaling.kubernetes.identity.UserInfo;
import io.gpuscaling.testkit.fuzz.LimitedRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Any headers, each line {@code NAME:VALUE}: from a front proxy a slow reading of them comes to the
 * same user, and from anybody else they come to nothing.
 */
public class FrontProxyFuzzTest {

  private static final TestAuthority PROXIES = TestAuthority.create("proxies");
  private static final TestAuthority OTHERS = TestAuthority.create("others");
  private static final ClientCertificates PROXY =
      ClientCertificates.of(PROXIES.client("CN=proxy").chain());
  private static final ClientCertificates STRANGER =
      ClientCertificates.of(OTHERS.client("CN=proxy").chain());
  private static final ChainAuthenticator AUTHENTICATOR = authenticator();

  private static ChainAuthenticator authenticator() {
    try {
      var trust =
          new ClientTrust(
              null,
              new ClientTrust.FrontProxy(
                  CertificateAuthorities.ofPem(PROXIES.pem()),
                  Set.of("proxy"),
                  List.of("X-Remote-User", "X-User"),
                  List.of("X-Remote-Group", "X-Group"),
                  List.of("X-Remote-Extra-"),
                  List.of("X-Remote-Uid")));
      return ChainAuthenticator.inCluster(
          () -> trust,
          (_, _) -> new TokenReview.Rejected(),
          new BlockingCalls(),
          InstantSource.system(),
          Ticker.system());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (CertificateException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The lines of a header block, as they came. */
  private record Lines(List<String[]> lines) implements RequestHeaders {

    static Lines of(String text) {
      var lines = new ArrayList<String[]>();
      text.lines()
          .filter(line -> line.indexOf(':') > 0)
          .forEach(line -> lines.add(line.split(":", 2)));
      return new Lines(lines);
    }

    @Override
    public List<String> values(String name) {
      return lines.stream()
          .filter(line -> line[0].equalsIgnoreCase(name))
          .map(line -> line[1])
          .toList();
    }

    @Override
    public Set<String> names() {
      var names = new LinkedHashSet<String>();
      lines.forEach(line -> names.add(line[0]));
      return names;
    }
  }

  /** What {@code make fuzz} runs. */
  public static void fuzzerTestOneInput(byte[] data) {
    Lines headers = Lines.of(new String(data, StandardCharsets.US_ASCII));

    assertThat(authenticate(PROXY, headers)).isEqualTo(slowly(headers));
    assertThat(authenticate(ClientCertificates.NONE, headers))
        .isEqualTo(
            hasToken(headers)
                ? new Authentication.Rejected("the token is not good")
                : new Authentication.Authenticated(Users.ANONYMOUS));
    assertThat(authenticate(STRANGER, headers)).isInstanceOf(Authentication.Rejected.class);
  }

  private static Authentication authenticate(ClientCertificates certificates, Lines headers) {
    return AUTHENTICATOR.authenticate(new Credentials(certificates, headers)).join();
  }

  private static boolean hasToken(Lines headers) {
    List<String> values = headers.values("Authorization");
    return !values.isEmpty() && values.getFirst().strip().matches("(?is)bearer .*\\S.*");
  }

  private static Authentication slowly(Lines headers) {
    String user = "";
    var groups = new ArrayList<String>();
    for (String name : List.of("x-remote-user", "x-user")) {
      for (String[] line : headers.lines) {
        if (user.isEmpty() && line[0].toLowerCase(Locale.ROOT).equals(name)) {
          user = line[1];
        }
      }
    }
    if (user.isEmpty()) {
      return hasToken(headers)
          ? new Authentication.Rejected("the token is not good")
          : new Authentication.Authenticated(Users.ANONYMOUS);
    }
    for (String name : List.of("x-remote-group", "x-group")) {
      for (String[] line : headers.lines) {
        if (line[0].toLowerCase(Locale.ROOT).equals(name)) {
          groups.add(line[1]);
        }
      }
    }
    String uid = "";
    Map<String, List<String>> byName = new TreeMap<>();
    for (String[] line : headers.lines) {
      String name = line[0].toLowerCase(Locale.ROOT);
      if (name.equals("x-remote-uid") && uid.isEmpty()) {
        uid = line[1];
      }
      if (name.startsWith("x-remote-extra-")) {
        byName.computeIfAbsent(name, _ -> new ArrayList<>()).add(line[1]);
      }
    }
    Map<String, List<String>> extra = new TreeMap<>();
    byName.forEach((name, values) ->
        extra
            .computeIfAbsent(
                decoded(name.substring("x-remote-extra-".length())), _ -> new ArrayList<>())
            .addAll(values));
    return new Authentication.Authenticated(
        Users.authenticated(new UserInfo(user, uid, groups, extra)));
  }

  private static String decoded(String key) {
    return key.matches("([^%]|%[0-9a-f]{2})*")
        ? URLDecoder.decode(key.replace("+", "%2B"), StandardCharsets.UTF_8)
        : key;
  }

  @FuzzTest(maxDuration = "10s")
  void headers(byte[] data) {
    fuzzerTestOneInput(data);
  }

  @Test
  void limitedRun_findsNothing() {
    LimitedRun.of(FrontProxyFuzzTest::fuzzerTestOneInput, FrontProxyFuzzTest.class, "headers");
  }
}
