package io.gpuscaling.adapter.store;

import io.gpuscaling.adapter.store.ContributorUpdate.NewSample;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSeries;
import io.gpuscaling.core.metric.Sources;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one contributor has said, in the form that its next message changes. Not safe for use by
 * several threads: {@link SampleStore} guards it.
 *
 * <p>After a restart of the contributor a source that has no complete observation yet does not end
 * what was known: the former samples stay and age until the source has one, so that a rollout of
 * the exporters is no outage. That a source had nothing to say is knowledge too and is kept alike.
 * Pods of which the former process had said nothing are heard at once: a worker that has just begun
 * need not wait until its exporter is complete.
 */
final class ContributorState {

  private final Contributor contributor;

  /** The running stream's series by their id. */
  private final Map<Integer, Entry> series = new HashMap<>();

  /** What a former process last said, for sources that the present one has not observed yet. */
  private Map<String, Former> former = Map.of();

  /** What readers see. */
  private Map<String, SourceView> sources = Map.of();

  private Map<String, List<StoredSample>> rendered = Map.of();

  private @Nullable String bootId;

  ContributorState(Contributor contributor) {
    this.contributor = contributor;
  }

  private record Entry(String metric, StoredSample sample) {}

  /** A source of a former process: when it was last observed, and all that it said then. */
  private record Former(long observedAtNanos, List<Entry> entries) {

    boolean tellsOf(PodName pod) {
      return entries.stream().anyMatch(entry -> pod.equals(PodName.of(entry.sample())));
    }
  }

  /** The pod that a series is of. */
  private record PodName(String namespace, String name) {

    static @Nullable PodName of(StoredSample sample) {
      String name = sample.labels().get("pod");
      return name == null ? null : new PodName(sample.labels().getOrEmpty("namespace"), name);
    }
  }

  /** Takes a message in and returns what is known then. */
  ContributorSnapshot apply(ContributorUpdate update) {
    Set<String> dirty = new HashSet<>();
    switch (update) {
      case ContributorUpdate.Full full -> replace(full, dirty);
      case ContributorUpdate.Changes changes -> change(changes, dirty);
      case ContributorUpdate.Alive _ -> {}
    }
    endFormer(update.sources(), dirty);
    sources = withFormerSources(update.sources());
    if (!dirty.isEmpty()) {
      rendered = render(dirty);
    }
    return new ContributorSnapshot(contributor, rendered, sources);
  }

  private void replace(ContributorUpdate.Full full, Set<String> dirty) {
    dirty.addAll(rendered.keySet());
    if (bootId != null && !bootId.equals(full.bootId())) {
      former = keepFormer();
    }
    bootId = full.bootId();
    series.clear();
    add(full.series(), dirty);
  }

  private void change(ContributorUpdate.Changes changes, Set<String> dirty) {
    for (int id : changes.removed()) {
      Entry entry = series.remove(id);
      if (entry != null) {
        dirty.add(entry.metric());
      }
    }
    add(changes.added(), dirty);
    for (NewSample updated : changes.updated()) {
      Entry entry = series.get(updated.id());
      if (entry != null) {
        StoredSample old = entry.sample();
        StoredSample sample = old.with(updated.value(), updated.observedAtNanos());
        series.put(updated.id(), new Entry(entry.metric(), sample));
        dirty.add(entry.metric());
      }
    }
  }

  private void add(List<NewSeries> added, Set<String> dirty) {
    for (NewSeries each : added) {
      series.put(each.id(), new Entry(each.metric(), each.sample()));
      dirty.add(each.metric());
    }
  }

  /**
   * What the process that ends now has observed; of sources that it never did, what was former
   * already.
   */
  private Map<String, Former> keepFormer() {
    Map<String, Former> kept = new HashMap<>(former);
    sources.forEach((source, view) -> {
      if (view.observed() && !former.containsKey(source)) {
        kept.put(source, new Former(view.observedAtNanos(), entriesOf(source)));
      }
    });
    return kept;
  }

  private List<Entry> entriesOf(String source) {
    return series.values().stream().filter(it -> it.sample().source().equals(source)).toList();
  }

  /**
   * Forgets what was former of sources that are observed now, or that the contributor has no more.
   */
  private void endFormer(Map<String, SourceView> now, Set<String> dirty) {
    if (former.isEmpty()) {
      return;
    }
    Map<String, Former> left = new HashMap<>();
    former.forEach((source, before) -> {
      SourceView view = now.get(source);
      if (view != null && !view.observed()) {
        left.put(source, before);
      } else {
        before.entries().forEach(entry -> dirty.add(entry.metric()));
        // What the present process has said of it was held back until now.
        entriesOf(source).forEach(entry -> dirty.add(entry.metric()));
      }
    });
    former = left;
  }

  /** A source that still lives on former samples keeps the instant of its former observation. */
  private Map<String, SourceView> withFormerSources(Map<String, SourceView> now) {
    if (former.isEmpty()) {
      return Map.copyOf(now);
    }
    Map<String, SourceView> all = new HashMap<>(now);
    former.forEach((source, before) ->
        all.computeIfPresent(
            source,
            (_, present) ->
                new SourceView(
                    true, before.observedAtNanos(), present.failure(), present.findings())));
    return Map.copyOf(all);
  }

  /** The rendered metrics, those that have changed anew. */
  private Map<String, List<StoredSample>> render(Set<String> dirty) {
    Map<String, List<StoredSample>> changed = new HashMap<>();
    for (Entry entry : series.values()) {
      if (isTold(entry.sample())) {
        collect(entry, dirty, changed);
      }
    }
    former
        .values()
        .forEach(before -> before.entries().forEach(entry -> collect(entry, dirty, changed)));
    Map<String, List<StoredSample>> all = new HashMap<>(rendered);
    all.keySet().removeAll(dirty);
    changed.forEach((metric, samples) -> all.put(metric, List.copyOf(samples)));
    return Map.copyOf(all);
  }

  /**
   * While a source lives on its former samples, the few that it has gathered since are not the
   * whole truth of what it had told of before: a pod may have several sessions, and only some of
   * them have come back. A session of another pod is news.
   */
  private boolean isTold(StoredSample sample) {
    Former before = former.get(sample.source());
    if (before == null) {
      return true;
    }
    PodName pod = PodName.of(sample);
    return pod != null && sample.source().equals(Sources.LEASE) && !before.tellsOf(pod);
  }

  private static void collect(
      Entry entry, Set<String> dirty, Map<String, List<StoredSample>> changed) {
    if (dirty.contains(entry.metric())) {
      changed.computeIfAbsent(entry.metric(), _ -> new ArrayList<>()).add(entry.sample());
    }
  }
}
