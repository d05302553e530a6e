package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.ApiError;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.Contributions;
import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalNames;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.InstallationAnswer;
import io.gpuscaling.adapter.api.MetricCatalogue;
import io.gpuscaling.adapter.api.MetricsQuery;
import io.gpuscaling.adapter.api.PolicyAnswer;
import io.gpuscaling.adapter.api.QueryErrors;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.SubresourceQueries;
import io.gpuscaling.adapter.api.json.Answer;
import io.gpuscaling.adapter.api.json.ContributorLists;
import io.gpuscaling.adapter.api.json.Discovery;
import io.gpuscaling.adapter.api.json.PolicyDocuments;
import io.gpuscaling.adapter.api.json.StaticDocuments;
import io.gpuscaling.adapter.api.json.StatusWriter;
import io.gpuscaling.adapter.api.json.ValueLists;
import io.gpuscaling.adapter.api.request.MetricsRequest;
import io.gpuscaling.adapter.auth.BlockingCalls;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Answers requests that are allowed. Safe for use by any thread; never blocks. */
final class Endpoints {

  private final MetricsQuery query;
  private final SubresourceQueries subresources;
  private final Health health;
  private final OwnMetricsPage ownMetrics;
  private final BlockingCalls calls;
  private final StaticDocuments documents;
  private final InstantSource clock;
  private final Set<ApiVersion> served;
  private volatile Listed listed;

  /** What follows from one catalogue. */
  private record Listed(Discovery discovery, ExternalNames names) {
    static Listed of(MetricCatalogue catalogue, Set<ApiVersion> served) {
      return new Listed(Discovery.of(catalogue, served), new ExternalNames(catalogue.external()));
    }
  }

  /**
   * @param calls runs what may take long: the page of own metrics
   */
  Endpoints(
      MetricsQuery query,
      SubresourceQueries subresources,
      Health health,
      OwnMetricsPage ownMetrics,
      BlockingCalls calls,
      StaticDocuments documents,
      InstantSource clock) {
    this(
        query,
        subresources,
        health,
        ownMetrics,
        calls,
        documents,
        clock,
        Set.of(ApiVersion.values()));
  }

  /**
   * @param calls runs what may take long: the page of own metrics
   * @param served which versions there are
   */
  Endpoints(
      MetricsQuery query,
      SubresourceQueries subresources,
      Health health,
      OwnMetricsPage ownMetrics,
      BlockingCalls calls,
      StaticDocuments documents,
      InstantSource clock,
      Set<ApiVersion> served) {
    this.served = Set.copyOf(served);
    this.query = query;
    this.subresources = subresources;
    this.health = health;
    this.ownMetrics = ownMetrics;
    this.calls = calls;
    this.documents = documents;
    this.clock = clock;
    this.listed = Listed.of(MetricCatalogue.EMPTY, this.served);
  }

  CompletableFuture<Answer> answer(MetricsRequest request) {
    if (request instanceof MetricsRequest.OwnMetrics) {
      return calls.run(
          ownMetrics::write,
          reason -> StatusWriter.answer(new ApiError.Unavailable("own metrics: " + reason)));
    }
    return CompletableFuture.completedFuture(
        switch (request) {
          case MetricsRequest.Custom custom -> custom(custom);
          case MetricsRequest.External external -> external(external);
          case MetricsRequest.CustomContributors(
                  var version,
                  CustomQuery asked,
                  boolean isPretty) ->
              contributors(
                  query.contributors(asked),
                  version,
                  asked.metric(),
                  failure -> QueryErrors.of(failure, asked),
                  isPretty);
          case MetricsRequest.ExternalContributors(ExternalQuery came, boolean isPretty) ->
              named(
                  came,
                  asked ->
                      contributors(
                          query.contributors(asked),
                          ApiVersion.EXTERNAL_V1BETA1,
                          asked.metric(),
                          failure -> QueryErrors.of(failure, asked),
                          isPretty));
          case MetricsRequest.Policy policy -> policy(policy);
          case MetricsRequest.Installation(boolean isPretty) -> installation(isPretty);
          case MetricsRequest.Groups(boolean isAggregated, boolean isPretty) ->
              isAggregated ? discovery().aggregated(isPretty) : discovery().groups(isPretty);
          case MetricsRequest.Group(String group, boolean isPretty) ->
              discovery().group(group, isPretty);
          case MetricsRequest.Resources(var version, boolean isPretty) ->
              discovery().resources(version, isPretty);
          case MetricsRequest.OpenApiV2() -> documents.openApiV2();
          case MetricsRequest.OpenApiV3Index() -> documents.openApiV3Index();
          case MetricsRequest.OpenApiV3(var version) -> documents.openApiV3(version);
          case MetricsRequest.Version _ -> documents.version();
          case MetricsRequest.Health probe -> health.answer(probe);
          case MetricsRequest.Refused(ApiError error) -> StatusWriter.answer(error);
          case MetricsRequest.OwnMetrics _ -> throw new IllegalStateException("answered above");
        });
  }

  private Answer custom(MetricsRequest.Custom request) {
    CustomQuery asked = request.query();
    return switch (query.custom(asked)) {
      case QueryResult.Items<CustomItem>(List<CustomItem> items) ->
          ValueLists.custom(request.version(), asked, items, clock.instant(), request.isPretty());
      case QueryResult.Failed<CustomItem>(QueryFailure failure) ->
          StatusWriter.answer(QueryErrors.of(failure, asked));
    };
  }

  /** A value that is not there is no failure of this answer: it says who is missing. */
  private static Answer contributors(
      Contributions contributions,
      ApiVersion version,
      String metric,
      Function<QueryFailure, ApiError> error,
      boolean isPretty) {
    return contributions
        .failure()
        .filter(it -> !(it instanceof QueryFailure.Unavailable))
        .map(it -> StatusWriter.answer(error.apply(it)))
        .orElseGet(() -> ContributorLists.of(version, metric, contributions, isPretty));
  }

  private Answer external(MetricsRequest.External request) {
    return named(request.query(), asked -> external(asked, request.isPretty()));
  }

  /** Of a metric as the catalogue spells it: clients send lower case. */
  private Answer named(ExternalQuery came, Function<ExternalQuery, Answer> answer) {
    return switch (listed().names.find(came.metric())) {
      case ExternalNames.Found.Name(String name) ->
          answer.apply(new ExternalQuery(came.namespace(), name, came.metricSelector()));
      case ExternalNames.Found.Several(List<String> names) ->
          StatusWriter.answer(
              new ApiError.BadRequest(
                  "the metric "
                      + came.metric()
                      + " is ambiguous: "
                      + String.join(" and ", names)
                      + " differ only in upper and lower case, which clients do not send"));
    };
  }

  private Answer external(ExternalQuery asked, boolean isPretty) {
    return switch (query.external(asked)) {
      case QueryResult.Items<ExternalItem>(List<ExternalItem> items) ->
          ValueLists.external(asked, items, clock.instant(), isPretty);
      case QueryResult.Failed<ExternalItem>(QueryFailure failure) ->
          StatusWriter.answer(QueryErrors.of(failure, asked));
    };
  }

  private Answer policy(MetricsRequest.Policy asked) {
    return switch (subresources.policies().ask(asked.what(), asked.namespace(), asked.name())) {
      case PolicyAnswer.Document document ->
          PolicyDocuments.of(
              asked.what(), asked.namespace(), asked.name(), document, asked.isPretty());
      case PolicyAnswer.NoSuchPolicy() ->
          StatusWriter.answer(
              new ApiError.NotFound(
                  "scalingpolicies.gpuscaling.io \"" + asked.name() + "\" not found"));
      case PolicyAnswer.Unavailable(String sentence) ->
          StatusWriter.answer(new ApiError.Unavailable(sentence));
    };
  }

  private Answer installation(boolean isPretty) {
    return switch (subresources.installation().report()) {
      case InstallationAnswer.Report report -> PolicyDocuments.of(report, isPretty);
      case InstallationAnswer.Unavailable(String sentence) ->
          StatusWriter.answer(new ApiError.Unavailable(sentence));
    };
  }

  private Discovery discovery() {
    return listed().discovery;
  }

  /** What follows from the catalogue as it is now; two threads may build the same. */
  private Listed listed() {
    MetricCatalogue now = query.catalogue();
    Listed current = listed;
    if (!current.discovery.catalogue().equals(now)) {
      current = Listed.of(now, served);
      listed = current;
    }
    return current;
  }
}
