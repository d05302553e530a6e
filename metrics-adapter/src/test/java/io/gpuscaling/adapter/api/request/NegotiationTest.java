package io.gpuscaling.adapter.api.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NegotiationTest {

  private static final String V2 =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Accept | json | aggregated
        "'' | true | false",
        "*/* | true | false",
        "application/json | true | false",
        "APPLICATION/JSON | true | false",
        "application/* | true | false",
        "application/json;charset=utf-8;profile=nopeer | true | false",
        "application/vnd.kubernetes.protobuf, */* | true | false",
        "application/vnd.kubernetes.protobuf | false | false",
        "application/yaml | false | false",
        "text/html, application/json;q=0 | false | false",
        "application/json;as=Table;v=v1;g=meta.k8s.io | false | false",
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json | true | false",
        "V2,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList | false | true",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList | false | false",
        "V2,application/json | true | true",
        "application/json,V2;q=0.5 | true | false",
        "V2;q=2 | false | true",
        "application/json;q=x | true | false",
      })
  void of_accept_picksForms(String accept, boolean json, boolean aggregated) {
    Negotiation negotiation = Negotiation.of(accept.replace("V2", V2), "");

    assertThat(negotiation.json()).isEqualTo(json);
    assertThat(negotiation.aggregatedDiscovery()).isEqualTo(aggregated);
  }

  @ParameterizedTest
  @CsvSource({
    "curl/8.1, true",
    "Wget/1, true",
    "Mozilla/5.0 (X11), true",
    "kubectl/v1.37, false",
    "'', false",
  })
  void of_userAgent_isPrettyForPeople(String agent, boolean pretty) {
    assertThat(Negotiation.of("", agent).pretty()).isEqualTo(pretty);
  }

  @Test
  void of_prettyInAccept_isPretty() {
    assertThat(Negotiation.of("application/json;pretty=1", "").pretty()).isTrue();
  }

  @Test
  void of_manyClauses_readsOnlySome() {
    String accept = "text/x,".repeat(MediaRange.MAX_CLAUSES) + "application/json";

    assertThat(Negotiation.of(accept, "").json()).isFalse();
    assertThat(Negotiation.of("," + accept, "").json()).isFalse();
  }
}
