package io.gpuscaling.adapter.api.request;

import io.gpuscaling.adapter.api.ApiError;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.PolicySubresource;
import java.util.Set;

/** What a request is for, once it is allowed. Pretty means indented. */
public sealed interface MetricsRequest {

  /** Values of a custom metric, to be written in this version. */
  record Custom(ApiVersion version, CustomQuery query, boolean isPretty)
      implements MetricsRequest {}

  /** Values of an external metric. */
  record External(ExternalQuery query, boolean isPretty) implements MetricsRequest {}

  /** Who ought to contribute to values of a custom metric, and who does. */
  record CustomContributors(ApiVersion version, CustomQuery query, boolean isPretty)
      implements MetricsRequest {}

  /** Who ought to contribute to values of an external metric, and who does. */
  record ExternalContributors(ExternalQuery query, boolean isPretty) implements MetricsRequest {}

  /** About one scaling policy. */
  record Policy(PolicySubresource what, String namespace, String name, boolean isPretty)
      implements MetricsRequest {}

  /** About the installation. */
  record Installation(boolean isPretty) implements MetricsRequest {}

  /** The groups that are served, or the aggregated document of everything. */
  record Groups(boolean isAggregated, boolean isPretty) implements MetricsRequest {}

  /** One group. */
  record Group(String group, boolean isPretty) implements MetricsRequest {}

  /** The resources of a version. */
  record Resources(ApiVersion version, boolean isPretty) implements MetricsRequest {}

  /** The OpenAPI v2 document. */
  record OpenApiV2() implements MetricsRequest {}

  /** The list of OpenAPI v3 documents. */
  record OpenApiV3Index() implements MetricsRequest {}

  /** The OpenAPI v3 document of a version. */
  record OpenApiV3(ApiVersion version) implements MetricsRequest {}

  /** The version of this program. */
  record Version(boolean isPretty) implements MetricsRequest {}

  /**
   * How this program is.
   *
   * @param probe {@code livez}, {@code readyz} or {@code healthz}
   * @param check the one check that is asked for, or empty for all
   * @param isVerbose whether each check is listed even if all pass
   * @param excluded checks to leave out
   */
  record Health(String probe, String check, boolean isVerbose, Set<String> excluded)
      implements MetricsRequest {

    /** Copies the set. */
    public Health {
      excluded = Set.copyOf(excluded);
    }
  }

  /** This program's own metrics, as an exposition. */
  record OwnMetrics() implements MetricsRequest {}

  /** Nothing that can be served. */
  record Refused(ApiError error) implements MetricsRequest {}
}
