package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.gpuscaling.adapter.auth.ClientTrust;
import io.gpuscaling.adapter.auth.CurrentTrust;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the trust in client certificates equal to the ConfigMap {@code
 * kube-system/extension-apiserver-authentication}: authorities and names alike, at once. A map that
 * is broken or gone changes nothing: the last good one counts on. Threads: the client library's.
 */
public final class ExtensionAuthenticationConfigWatch implements AutoCloseable {

  private static final Logger LOG =
      LoggerFactory.getLogger(ExtensionAuthenticationConfigWatch.class);

  private static final String NAMESPACE = "kube-system";
  private static final String NAME = "extension-apiserver-authentication";

  private final KubernetesClient client;
  private final CurrentTrust trust;
  private @Nullable SharedIndexInformer<ConfigMap> informer;

  /**
   * Watches nothing yet.
   *
   * @param client not closed by this
   * @param trust is replaced with each change
   */
  public ExtensionAuthenticationConfigWatch(KubernetesClient client, CurrentTrust trust) {
    this.client = client;
    this.trust = trust;
  }

  /**
   * Begins to watch, and does not wait: {@link CurrentTrust#isKnown} says when the map has been
   * read. Tries again for ever when the cluster cannot be reached.
   */
  public synchronized void start() {
    SharedIndexInformer<ConfigMap> created =
        client.configMaps().inNamespace(NAMESPACE).withName(NAME).runnableInformer(0);
    informer = created;
    created.addEventHandler(new Handler());
    created.exceptionHandler((_, cause) -> {
      LOG.atWarn()
          .addKeyValue("cause", cause.getClass().getSimpleName())
          .log("cannot watch extension-apiserver-authentication, trying again");
      return true;
    });
    var _ = created.start();
  }

  /** Stops watching; the trust stays as it is. */
  @Override
  public synchronized void close() {
    if (informer != null) {
      informer.close();
    }
  }

  private void apply(@Nullable Map<String, String> data) {
    switch (ExtensionAuthenticationConfig.read(data == null ? Map.of() : data)) {
      case ExtensionAuthenticationConfig.Read.Valid(ClientTrust next) -> {
        trust.replace(next);
        LOG.atInfo()
            .addKeyValue("hasClientAuthorities", next.clients() != null)
            .addKeyValue("hasFrontProxy", next.frontProxy() != null)
            .log("trust in client certificates replaced");
      }
      case ExtensionAuthenticationConfig.Read.Invalid(String reason) ->
          LOG.atWarn()
              .addKeyValue("reason", reason)
              .log("extension-apiserver-authentication makes no sense, the last good one counts");
    }
  }

  /** What the client library calls, one event after the other. */
  private final class Handler implements ResourceEventHandler<ConfigMap> {

    @Override
    public void onAdd(ConfigMap map) {
      apply(map.getData());
    }

    @Override
    public void onUpdate(ConfigMap before, ConfigMap after) {
      apply(after.getData());
    }

    @Override
    public void onDelete(ConfigMap map, boolean isFinalStateUnknown) {
      LOG.warn("extension-apiserver-authentication is gone, the last good one counts");
    }
  }
}
