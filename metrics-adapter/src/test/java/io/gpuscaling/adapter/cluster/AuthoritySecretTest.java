package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.gpuscaling.adapter.certificates.AuthorityState;
import io.gpuscaling.adapter.certificates.AuthorityStore.Loaded;
import io.gpuscaling.adapter.certificates.AuthorityStore.Saved;
import io.gpuscaling.adapter.certificates.Identity;
import io.gpuscaling.adapter.pki.TestAuthority;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthoritySecretTest {

  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

  private static Identity identity(String name) {
    TestAuthority.Identity made = TestAuthority.create(name).server("EC");
    return new Identity(made.chain().getFirst(), made.key());
  }

  private static String secret(Map<String, String> data, String version) {
    return Serialization.asJson(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace("gpuscaling")
            .withName("ca")
            .withResourceVersion(version)
            .endMetadata()
            .withStringData(Map.of())
            .withData(data.isEmpty() ? null : data)
            .build());
  }

  private static AuthoritySecret of(FakeKubernetes kubernetes) {
    return new AuthoritySecret(kubernetes.client, "gpuscaling", "ca");
  }

  @Test
  void load_secretWithoutData_isEmpty() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = secret(Map.of(), "7");

      assertThat(of(kubernetes).load()).isEqualTo(new Loaded.Empty("7"));
    }
  }

  @Test
  void save_thenLoad_isTheSame_andTheWriteMeetsTheVersion() throws Exception {
    Identity signer = identity("one");
    Identity next = identity("two");
    var state =
        new AuthorityState(
            signer,
            Optional.of(next),
            Optional.of(NOW),
            List.of(identity("zero").certificate()),
            NOW.minusSeconds(5));
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = secret(Map.of(), "7");

      assertThat(of(kubernetes).save(state, "7")).isEqualTo(new Saved.Done());

      String written = kubernetes.requests.getLast();
      assertThat(written)
          .startsWith("/api/v1/namespaces/gpuscaling/secrets/ca {")
          .contains("\"resourceVersion\":\"7\"");
      kubernetes.answer = written.substring(written.indexOf('{'));
      assertThat(of(kubernetes).load())
          .isInstanceOfSatisfying(
              Loaded.Found.class,
              found -> {
                assertThat(found.state().bundle()).isEqualTo(state.bundle());
                assertThat(found.state().signer().key()).isEqualTo(signer.key());
                assertThat(found.state().next()).map(Identity::key).contains(next.key());
                assertThat(found.state().publishedAt()).contains(NOW);
                assertThat(found.state().promotedAt()).isEqualTo(NOW.minusSeconds(5));
              });
    }
  }

  @Test
  void save_ofAnotherVersion_isAConflict() throws Exception {
    var state =
        new AuthorityState(identity("one"), Optional.empty(), Optional.empty(), List.of(), NOW);
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = secret(Map.of(), "8");

      assertThat(of(kubernetes).save(state, "7")).isEqualTo(new Saved.Conflict());

      kubernetes.code = 409;
      assertThat(of(kubernetes).save(state, "8")).isEqualTo(new Saved.Conflict());
      kubernetes.code = 403;
      assertThat(of(kubernetes).save(state, "8"))
          .isEqualTo(
              new Saved.Failed(
                  "Secret gpuscaling/ca cannot be written: the cluster answered with code 403"));
    }
  }

  @ParameterizedTest
  @CsvSource({"404, does not exist", "403, code 403"})
  void load_secretThatCannotBeHad_saysSo(int code, String text) throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = code;

      assertThat(of(kubernetes).load())
          .isInstanceOfSatisfying(
              Loaded.Failed.class,
              failed -> assertThat(failed.reason()).contains("Secret gpuscaling/ca", text));
    }
  }

  @Test
  void load_garbage_saysSoWithoutShowingIt() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      kubernetes.code = 200;
      kubernetes.answer = secret(Map.of("signer.crt", "R0FSQkFHRQ=="), "7");

      assertThat(of(kubernetes).load())
          .isInstanceOfSatisfying(
              Loaded.Failed.class,
              failed ->
                  assertThat(failed.reason()).contains("makes no sense").doesNotContain("GARBAGE"));
    }
  }

  @Test
  void publish_writesOnlyWhatIsNotThereYet() throws Exception {
    try (var kubernetes = new FakeKubernetes()) {
      var map = new BundleConfigMap(kubernetes.client, "gpuscaling", "ca");
      kubernetes.code = 404;
      assertThat(map.publish("PEM")).isFalse();
      kubernetes.code = 200;
      kubernetes.answer = configMap("OLD");
      assertThat(map.publish("PEM")).isTrue();
      assertThat(kubernetes.requests.getLast()).contains("{\"data\":{\"ca.crt\":\"PEM\"}}");

      kubernetes.answer = configMap("PEM");
      int before = kubernetes.requests.size();
      assertThat(map.publish("PEM")).isTrue();
      assertThat(kubernetes.requests).hasSize(before + 1);
    }
  }

  private static String configMap(String pem) {
    return Serialization.asJson(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace("gpuscaling")
            .withName("ca")
            .endMetadata()
            .withData(Map.of("ca.crt", pem))
            .build());
  }
}
