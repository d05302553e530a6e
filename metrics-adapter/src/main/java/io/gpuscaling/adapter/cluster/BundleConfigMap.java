package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.gpuscaling.adapter.certificates.BundlePublication;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bundle of authorities in a ConfigMap that exporters mount. It must exist: its name is in the
 * manifests, so that the right to make ConfigMaps is not needed.
 */
public final class BundleConfigMap implements BundlePublication {

  /** The key under which exporters mount it. */
  static final String KEY = "ca.crt";

  private static final Logger log = LoggerFactory.getLogger(BundleConfigMap.class);

  private final KubernetesClient client;
  private final String namespace;
  private final String name;
  private String logged = "";

  /**
   * In this ConfigMap.
   *
   * @param client not closed by this
   */
  public BundleConfigMap(KubernetesClient client, String namespace, String name) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
  }

  @Override
  public boolean publish(String bundlePem) {
    try {
      ConfigMap map = client.configMaps().inNamespace(namespace).withName(name).get();
      if (map == null) {
        fail("it does not exist");
        return false;
      }
      if (map.getData() != null && bundlePem.equals(map.getData().get(KEY))) {
        return true;
      }
      client
          .configMaps()
          .inNamespace(namespace)
          .withName(name)
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              Serialization.asJson(Map.of("data", Map.of(KEY, bundlePem))));
      logged = "";
      return true;
    } catch (KubernetesClientException e) {
      fail(AccessReviews.describe(e));
      return false;
    } catch (IllegalStateException e) {
      fail("the client of the cluster is closed");
      return false;
    }
  }

  private void fail(String reason) {
    if (!reason.equals(logged)) {
      logged = reason;
      log.atWarn()
          .addKeyValue("configMap", namespace + "/" + name)
          .addKeyValue("reason", reason)
          .log("the bundle of authorities cannot be published");
    }
  }
}
