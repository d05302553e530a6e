package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.InstallationAnswer;
import io.gpuscaling.adapter.api.InstallationQuery;
import io.gpuscaling.adapter.api.UsedQuery;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorSnapshot;
import io.gpuscaling.adapter.store.SourceView;
import io.gpuscaling.core.metric.SourceFinding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells what exporters find wrong on their side, which workers have no session, and which queries
 * have no number. What is well is counted, what is not is listed, up to {@link #MAX_ROWS} of a
 * kind. Safe for use by any thread; never blocks.
 */
public final class InstallationReports implements InstallationQuery {

  /** Of one kind; how many more there are is told. */
  static final int MAX_ROWS = 200;

  private static final Comparator<Pod> BY_NAME =
      Comparator.comparing(Pod::namespace).thenComparing(Pod::name);

  private final ServedMetrics metrics;
  private final Supplier<List<UsedQuery>> queries;

  /**
   * Of what is served.
   *
   * @param queries those of Prometheus that policies refer to; never blocks
   */
  public InstallationReports(ServedMetrics metrics, Supplier<List<UsedQuery>> queries) {
    this.metrics = metrics;
    this.queries = queries;
  }

  @Override
  public InstallationAnswer report() {
    ClusterSnapshot objects = metrics.objects();
    if (!objects.isSynced()) {
      return new InstallationAnswer.Unavailable(
          "the adapter has not read the cluster's nodes and pods yet");
    }
    SampleReader reader = metrics.reader();
    ExpectedNodes expected = metrics.expected(objects);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("nodes", nodes(reader, expected));
    fields.put("sources", sources(reader, expected));
    if (objects.arePodsKnown()) {
      fields.put("workers", workers(metrics.tasks(reader, objects, RollCall.NONE).sessions()));
    }
    fields.put("queries", queries());
    return new InstallationAnswer.Report(fields);
  }

  private static Map<String, Object> nodes(SampleReader reader, ExpectedNodes expected) {
    var all = expected.withGpus(LabelSelector.EVERYTHING);
    List<Object> silent = new ArrayList<>();
    all.stream().filter(node -> reader.node(node) == null).forEach(silent::add);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("withGpus", all.size());
    listed(fields, "unreported", silent);
    return fields;
  }

  private static Map<String, Object> sources(SampleReader reader, ExpectedNodes expected) {
    Map<String, Object> well = new TreeMap<>();
    List<Object> rows = new ArrayList<>();
    List<ContributorSnapshot> contributors =
        reader.store().contributors().stream()
            .filter(it ->
                !(it.contributor() instanceof Contributor.Node(String name))
                    || expected.isPresent(name))
            .sorted(Comparator.comparing((ContributorSnapshot it) -> it.contributor().name()))
            .toList();
    for (ContributorSnapshot contributor : contributors) {
      new TreeMap<>(contributor.sources())
          .forEach((source, view) -> {
            String state = reader.state(view, source);
            List<SourceFinding> findings = view.findings();
            if (state.equals("ok") && findings != null && findings.isEmpty()) {
              well.merge(source, 1, (a, b) -> (Integer) a + (Integer) b);
            } else {
              rows.add(row(contributor.contributor(), source, state, view, reader.age(view)));
            }
          });
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("well", well);
    listed(fields, "others", rows);
    return fields;
  }

  private static Map<String, Object> row(
      Contributor contributor, String source, String state, SourceView view, Duration age) {
    Map<String, Object> row = new LinkedHashMap<>();
    switch (contributor) {
      case Contributor.Node(String name) -> row.put("node", name);
      case Contributor.QueueReader(String name) -> row.put("queueReader", name);
    }
    row.put("source", source);
    row.put("state", state);
    if (view.failure() != null) {
      row.put("reason", view.failure().text());
    }
    if (view.observed()) {
      row.put("ageSeconds", age.toSeconds());
    }
    List<SourceFinding> findings = view.findings();
    if (findings != null) {
      row.put(
          "findings",
          findings.stream().map(it -> Map.of("code", it.code(), "subject", it.subject())).toList());
    }
    return row;
  }

  private Map<String, Object> workers(TaskQueries.Sessions sessions) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("expected", sessions.workers().size());
    fields.put("unheard", sessions.unheard().size());
    List<Object> rows = new ArrayList<>();
    sessions.without().stream().sorted(BY_NAME).forEach(it -> rows.add(row(it, null)));
    sessions.byBroker().stream().sorted(BY_NAME).forEach(it -> rows.add(row(it, "broker")));
    listed(fields, "withoutSession", rows);
    return fields;
  }

  private Map<String, Object> row(Pod pod, @Nullable String countedBy) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("namespace", pod.namespace());
    row.put("pod", pod.name());
    row.put("node", pod.node());
    if (!pod.workload().isEmpty()) {
      row.put("workload", pod.workloadKind() + "/" + pod.workload());
    }
    if (countedBy != null) {
      row.put("countedBy", countedBy);
    }
    row.put(
        "ageSeconds", Math.max(0, Duration.between(pod.createdAt(), metrics.now()).toSeconds()));
    return row;
  }

  private Map<String, Object> queries() {
    List<UsedQuery> used = queries.get();
    List<Object> rows = new ArrayList<>();
    used.stream()
        .filter(it -> it.problem().isPresent())
        .forEach(it -> rows.add(Map.of("query", it.name(), "problem", it.problem().get())));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("used", used.size());
    listed(fields, "withoutNumber", rows);
    return fields;
  }

  private static void listed(Map<String, Object> fields, String name, List<Object> rows) {
    fields.put(name, rows.subList(0, Math.min(rows.size(), MAX_ROWS)));
    if (rows.size() > MAX_ROWS) {
      fields.put("leftOut", rows.size() - MAX_ROWS);
    }
  }
}
