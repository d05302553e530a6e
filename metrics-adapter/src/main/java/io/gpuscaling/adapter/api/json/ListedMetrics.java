package io.gpuscaling.adapter.api.json;

import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.InstallationQuery;
import io.gpuscaling.adapter.api.MetricCatalogue;
import io.gpuscaling.adapter.api.PolicySubresource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The metrics of one version that discovery lists: never none, never more than clients should have
 * to read. A metric that is left out is served all the same.
 *
 * @param parents the resources of the version, by name
 */
record ListedMetrics(Map<String, Parent> parents) {

  /** Most metrics that are listed for a version. */
  static final int MAX_METRICS = 100;

  /** Most characters of names that are listed for a version. */
  static final int MAX_CHARACTERS = 6 * 1024;

  /**
   * A resource of the discovery document.
   *
   * @param isNamespaced the same for all its subresources: clients drop the whole version otherwise
   * @param metrics its subresources; none for a resource that is read itself, such as an external
   *     metric
   */
  record Parent(boolean isNamespaced, List<String> metrics) {}

  static ListedMetrics of(ApiVersion version, MetricCatalogue catalogue) {
    var parents = new LinkedHashMap<String, Parent>();
    switch (version) {
      case EXTERNAL_V1BETA1 -> external(catalogue, parents);
      case CUSTOM_V1BETA1, CUSTOM_V1BETA2 -> custom(catalogue, parents);
      case SUBRESOURCES_V1ALPHA1 -> {
        parents.put(
            PolicySubresource.RESOURCE,
            new Parent(
                true,
                Arrays.stream(PolicySubresource.values()).map(PolicySubresource::word).toList()));
        parents.put(InstallationQuery.RESOURCE, new Parent(false, List.of()));
      }
    }
    return new ListedMetrics(parents);
  }

  /** The kind of what a resource without subresources answers. */
  static String kindOf(ApiVersion version) {
    return version == ApiVersion.SUBRESOURCES_V1ALPHA1
        ? InstallationQuery.KIND
        : "ExternalMetricValueList";
  }

  /** The kind of what a subresource answers. */
  static String kindOf(ApiVersion version, String subresource) {
    return version == ApiVersion.SUBRESOURCES_V1ALPHA1
        ? PolicySubresource.of(subresource).orElseThrow().kind()
        : "MetricValueList";
  }

  private static void external(MetricCatalogue catalogue, Map<String, Parent> parents) {
    int characters = 0;
    for (String metric : catalogue.external()) {
      characters += metric.length();
      if (parents.size() == MAX_METRICS || characters > MAX_CHARACTERS) {
        break;
      }
      parents.put(metric, new Parent(true, List.of()));
    }
    if (parents.isEmpty()) {
      parents.put("externalmetrics", new Parent(true, List.of()));
    }
  }

  private static void custom(MetricCatalogue catalogue, Map<String, Parent> parents) {
    int count = 0;
    int characters = 0;
    for (MetricCatalogue.CustomMetric metric : catalogue.custom()) {
      String resource = metric.resource().toString();
      characters += resource.length() + metric.metric().length();
      if (count == MAX_METRICS || characters > MAX_CHARACTERS) {
        break;
      }
      count++;
      parents
          .computeIfAbsent(
              resource, _ -> new Parent(metric.isNamespaced(), new ArrayList<String>()))
          .metrics()
          .add(metric.metric());
    }
    if (parents.isEmpty()) {
      parents.put("pods", new Parent(true, List.of("custommetrics")));
    }
  }
}
