package io.gpuscaling.kubernetes.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenHasherTest {

  private static final String TOKEN = "eyJhbGciOi.some-token.sig";

  private final TokenHasher hasher = new TokenHasher();

  @Test
  void hash_sameTokenAgain_isTheSame() {
    assertThat(hasher.hash(TOKEN)).isEqualTo(hasher.hash(TOKEN)).matches("[0-9a-f]{64}");
  }

  @Test
  void hash_otherTokenOrOtherHasher_isAnother() {
    assertThat(hasher.hash(TOKEN)).isNotEqualTo(hasher.hash(TOKEN + "x"));
    assertThat(hasher.hash(TOKEN)).isNotEqualTo(new TokenHasher().hash(TOKEN));
  }

  @Test
  void toString_any_hasNoKey() {
    assertThat(hasher).hasToString("TokenHasher");
  }
}
