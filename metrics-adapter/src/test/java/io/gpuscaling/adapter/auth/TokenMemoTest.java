package io.gpuscaling.adapter.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenMemoTest {

  private final List<String> hashed = new ArrayList<>();
  private final TokenMemo memo = new TokenMemo();

  private String hash(String token) {
    return memo.hash(
        token,
        shown -> {
          hashed.add(shown);
          return "hash of " + shown;
        });
  }

  @Test
  void hash_sameTokenAgain_isMadeOnce() {
    assertThat(hash("a")).isEqualTo("hash of a");
    assertThat(hash(String.valueOf(new char[] {'a'}))).isEqualTo("hash of a");
    assertThat(hashed).containsExactly("a");
  }

  @Test
  void hash_otherToken_isItsOwn() {
    assertThat(hash("a")).isEqualTo("hash of a");
    assertThat(hash("b")).isEqualTo("hash of b");
    assertThat(hash("a")).isEqualTo("hash of a");
    assertThat(hashed).containsExactly("a", "b", "a");
  }

  @Test
  void toString_any_hasNoToken() {
    assertThat(hash("s3cret")).isNotEmpty();
    assertThat(memo).hasToString("TokenMemo");
  }
}
