package io.gpuscaling.kubernetes.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UserInfoTest {

  @Test
  void serviceAccount_tokenUser_isNamespaceAndName() {
    assertThat(user("system:serviceaccount:media:worker").serviceAccount())
        .contains(new ServiceAccount("media", "worker"));
    assertThat(new ServiceAccount("media", "worker")).hasToString("media/worker");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "worker",
        "system:serviceaccount:",
        "system:serviceaccount:media",
        "system:serviceaccount:media:",
        "system:serviceaccount::worker",
        "system:serviceaccount:media:worker:more",
        "System:serviceaccount:media:worker"
      })
  void serviceAccount_anyOtherUser_isEmpty(String name) {
    assertThat(user(name).serviceAccount()).isEmpty();
  }

  @Test
  void extraValue_notExactlyOne_isEmpty() {
    var user =
        new UserInfo(
            "u",
            "",
            List.of(),
            Map.of("none", List.of(), "one", List.of("a"), "two", List.of("a", "b")));

    assertThat(user.extraValue("one")).contains("a");
    assertThat(user.extraValue("none")).isEmpty();
    assertThat(user.extraValue("two")).isEmpty();
    assertThat(user.extraValue("absent")).isEmpty();
  }

  @Test
  void create_argumentsChangedAfterwards_keepsWhatItWas() {
    var groups = new ArrayList<>(List.of("g"));
    var values = new ArrayList<>(List.of("v"));
    var extra = new HashMap<String, List<String>>(Map.of("k", values));
    var user = new UserInfo("u", "", groups, extra);
    groups.clear();
    values.clear();
    extra.clear();

    assertThat(user).isEqualTo(new UserInfo("u", "", List.of("g"), Map.of("k", List.of("v"))));
  }

  private static UserInfo user(String name) {
    return new UserInfo(name, "", List.of(), Map.of());
  }
}
