package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.gpuscaling.adapter.certificates.AuthorityState;
import io.gpuscaling.adapter.certificates.AuthorityStore;
import io.gpuscaling.adapter.certificates.Identity;
import io.gpuscaling.adapter.certificates.Pem;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The shared authorities in a Secret, which must exist: its name is in the manifests, so that the
 * right to make Secrets is not needed. Writes carry the version that was read.
 */
public final class AuthoritySecret implements AuthorityStore {

  private static final String SIGNER_CERTIFICATE = "signer.crt";
  private static final String SIGNER_KEY = "signer.key";
  private static final String NEXT_CERTIFICATE = "next.crt";
  private static final String NEXT_KEY = "next.key";
  private static final String RETIRED = "retired.crt";
  private static final String PUBLISHED_AT = "published-at";
  private static final String PROMOTED_AT = "promoted-at";

  private final KubernetesClient client;
  private final String namespace;
  private final String name;

  /**
   * In this Secret.
   *
   * @param client not closed by this
   */
  public AuthoritySecret(KubernetesClient client, String namespace, String name) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
  }

  @Override
  public Loaded load() {
    try {
      Secret secret = client.secrets().inNamespace(namespace).withName(name).get();
      return secret == null ? failed("does not exist") : read(secret);
    } catch (KubernetesClientException e) {
      return failed("cannot be read: " + AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return failed("cannot be read: the client of the cluster is closed");
    }
  }

  private Loaded read(Secret secret) {
    Map<String, String> data = secret.getData() == null ? Map.of() : secret.getData();
    String version = secret.getMetadata().getResourceVersion();
    if (!data.containsKey(SIGNER_CERTIFICATE)) {
      return new Loaded.Empty(version);
    }
    try {
      Optional<Identity> next =
          data.containsKey(NEXT_CERTIFICATE)
              ? Optional.of(Pem.identity(text(data, NEXT_CERTIFICATE), text(data, NEXT_KEY)))
              : Optional.empty();
      String published = text(data, PUBLISHED_AT);
      return new Loaded.Found(
          new AuthorityState(
              Pem.identity(text(data, SIGNER_CERTIFICATE), text(data, SIGNER_KEY)),
              next,
              published.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(published)),
              Pem.certificates(text(data, RETIRED)),
              Instant.parse(text(data, PROMOTED_AT))),
          version);
    } catch (GeneralSecurityException | DateTimeException | IllegalArgumentException e) {
      return failed("makes no sense: delete its data to begin anew");
    }
  }

  private Loaded failed(String why) {
    return new Loaded.Failed("Secret " + namespace + "/" + name + " " + why);
  }

  private static String text(Map<String, String> data, String key) {
    return new String(
        Base64.getDecoder().decode(data.getOrDefault(key, "")), StandardCharsets.US_ASCII);
  }

  @Override
  public Saved save(AuthorityState state, String version) {
    Map<String, String> data = new LinkedHashMap<>();
    put(data, "ca.crt", Pem.of(state.bundle()));
    put(data, SIGNER_CERTIFICATE, Pem.of(List.of(state.signer().certificate())));
    put(data, SIGNER_KEY, Pem.of(state.signer().key()));
    state
        .next()
        .ifPresent(next -> {
          put(data, NEXT_CERTIFICATE, Pem.of(List.of(next.certificate())));
          put(data, NEXT_KEY, Pem.of(next.key()));
        });
    state.publishedAt().ifPresent(at -> put(data, PUBLISHED_AT, at.toString()));
    put(data, RETIRED, Pem.of(state.retired()));
    put(data, PROMOTED_AT, state.promotedAt().toString());
    try {
      Secret current = client.secrets().inNamespace(namespace).withName(name).get();
      if (current == null || !version.equals(current.getMetadata().getResourceVersion())) {
        return new Saved.Conflict();
      }
      Secret next =
          new SecretBuilder(current)
              .editMetadata()
              .withResourceVersion(version)
              .endMetadata()
              .withData(data)
              .build();
      client.secrets().inNamespace(namespace).resource(next).update();
      return new Saved.Done();
    } catch (KubernetesClientException e) {
      return e.getCode() == HttpURLConnection.HTTP_CONFLICT
          ? new Saved.Conflict()
          : new Saved.Failed(
              "Secret "
                  + namespace
                  + "/"
                  + name
                  + " cannot be written: "
                  + AccessReviews.describe(e));
    } catch (IllegalStateException e) {
      return new Saved.Failed("the client of the cluster is closed");
    }
  }

  private static void put(Map<String, String> data, String key, String text) {
    data.put(key, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII)));
  }
}
