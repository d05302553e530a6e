package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.KubernetesApi.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** The metrics APIs as everybody reads them: through the cluster's own API server. */
public final class MetricsApi {

  private final ControlPlane plane;

  /** Reads as cluster administrator. */
  public MetricsApi(ControlPlane plane) {
    this.plane = plane;
  }

  /** Reads an external metric. */
  public Answer external(String namespace, String metric, String selector) {
    return plane.api().get(path(namespace, metric, selector));
  }

  /** Reads an external metric again and again until the answer is as wanted. */
  public Answer awaitExternal(
      String namespace,
      String metric,
      String selector,
      Duration deadline,
      Predicate<Answer> wanted) {
    return plane.api().await(path(namespace, metric, selector), deadline, wanted);
  }

  /** Waits for the sum of an external metric. */
  public void awaitTotal(String namespace, String metric, String selector, double total) {
    var _ =
        awaitExternal(
            namespace,
            metric,
            selector,
            Duration.ofSeconds(90),
            answer -> answer.isSuccess() && total(answer) == total);
  }

  private static String path(String namespace, String metric, String selector) {
    return "/apis/external.metrics.k8s.io/v1beta1/namespaces/"
        + namespace
        + "/"
        + metric
        + (selector.isEmpty()
            ? ""
            : "?labelSelector=" + URLEncoder.encode(selector, StandardCharsets.UTF_8));
  }

  /** The sum of the items, as the HPA makes it. */
  public static double total(Answer answer) {
    double total = 0;
    for (JsonNode item : answer.body().path("items")) {
      total += number(item.path("value").asString(""));
    }
    return total;
  }

  /** The quantities that the adapter prints: whole, or with a suffix. */
  private static double number(String quantity) {
    char last = quantity.charAt(quantity.length() - 1);
    if (Character.isDigit(last)) {
      return Double.parseDouble(quantity);
    }
    double unit =
        switch (last) {
          case 'm' -> 1e-3;
          case 'k' -> 1e3;
          case 'M' -> 1e6;
          case 'G' -> 1e9;
          default -> throw new IllegalArgumentException(quantity);
        };
    return Double.parseDouble(quantity.substring(0, quantity.length() - 1)) * unit;
  }
}
