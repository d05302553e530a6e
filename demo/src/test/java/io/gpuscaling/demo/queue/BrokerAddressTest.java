package io.gpuscaling.demo.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BrokerAddressTest {

  @ParameterizedTest
  @CsvSource({
    "amqp://me:pw@host:5672/v, amqp://me@host:5672/v, pw",
    "amqp://host, amqp://guest@host, guest",
    "amqp://me@host/, amqp://me@host/, guest",
    "amqps://me:p%40w@host:5671/%2F, amqps://me@host:5671/%2F, p@w",
    "amqp://m%40e:p:w@[::1]:5672, amqp://m%40e@[::1]:5672, p:w",
  })
  void parse_uri_passwordApart(String text, String uri, String password) {
    BrokerAddress address = BrokerAddress.parse(text);
    assertThat(address.uri().toString()).isEqualTo(uri);
    assertThat(address.password()).isEqualTo(password);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://me:s3cret@host", "host:5672", "amqp:///v", "amqp://me:s3cret@ho st"})
  void parse_noBroker_refusedWithoutRepeatingIt(String text) {
    assertThatThrownBy(() -> BrokerAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void text_hasNoPassword() {
    assertThat(BrokerAddress.parse("amqp://me:s3cret@host").toString()).isEqualTo("amqp://me@host");
  }
}
