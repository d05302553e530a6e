package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.auth.ClientTrust;
import io.gpuscaling.adapter.cluster.ExtensionAuthenticationConfig.Read;
import io.gpuscaling.adapter.pki.TestAuthority;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtensionAuthenticationConfigTest {

  static Map<String, String> data() throws Exception {
    return Map.of(
        "client-ca-file", TestAuthority.create("clients").pem(),
        "requestheader-client-ca-file", TestAuthority.create("proxy").pem(),
        "requestheader-allowed-names", "[\"front-proxy-client\"]",
        "requestheader-username-headers", "[\"X-Remote-User\"]",
        "requestheader-group-headers", "[\"X-Remote-Group\",\"X-Group\"]",
        "requestheader-extra-headers-prefix", "[\"X-Remote-Extra-\"]",
        "requestheader-uid-headers", "[\"X-Remote-Uid\"]");
  }

  @Test
  void read_wholeMap_isTrust() throws Exception {
    ClientTrust trust = valid(data());

    assertThat(trust.clients()).isNotNull();
    assertThat(trust.frontProxy())
        .isNotNull()
        .satisfies(proxy -> {
          assertThat(proxy.allowedNames()).containsExactly("front-proxy-client");
          assertThat(proxy.userHeaders()).containsExactly("X-Remote-User");
          assertThat(proxy.groupHeaders()).containsExactly("X-Remote-Group", "X-Group");
          assertThat(proxy.extraPrefixes()).containsExactly("X-Remote-Extra-");
          assertThat(proxy.uidHeaders()).containsExactly("X-Remote-Uid");
        });
  }

  @Test
  void read_withoutProxyAuthority_trustsNoProxy() throws Exception {
    var data = new HashMap<String, String>(data());
    data.remove("requestheader-client-ca-file");

    assertThat(valid(data).frontProxy()).isNull();
    assertThat(valid(Map.of())).isEqualTo(ClientTrust.NONE);
  }

  @Test
  void read_olderMap_hasNoUidHeaders() throws Exception {
    var data = new HashMap<String, String>(data());
    data.remove("requestheader-uid-headers");

    assertThat(valid(data).frontProxy())
        .isNotNull()
        .satisfies(proxy -> assertThat(proxy.uidHeaders()).isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "client-ca-file | garbage",
        "requestheader-client-ca-file | garbage",
        "requestheader-allowed-names | [",
        "requestheader-allowed-names | {\"a\":1}",
        "requestheader-username-headers | [null]",
      })
  void read_brokenKey_isInvalidAndNamed(String key, String value) throws Exception {
    var data = new HashMap<String, String>(data());
    data.put(key, value);

    assertThat(ExtensionAuthenticationConfig.read(data))
        .isInstanceOfSatisfying(
            Read.Invalid.class, invalid -> assertThat(invalid.reason()).startsWith(key));
  }

  private static ClientTrust valid(Map<String, String> data) {
    return switch (ExtensionAuthenticationConfig.read(data)) {
      case Read.Valid(ClientTrust trust) -> trust;
      case Read.Invalid(String reason) -> throw new AssertionError(reason);
    };
  }
}
