package io.gpuscaling.adapter.store;

import io.gpuscaling.adapter.store.ContributorUpdate.NewSample;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSeries;
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
 * the exporters is no outage.
 */
final class ContributorState {

  private final Contributor contributor;

  /** The running stream's series by their id. */
  private final Map<Integer, Entry> series = new HashMap<>();

  /** Samples of a former process, for sources that the present one has not observed yet. */
  private Map<String, List<Entry>> former = Map.of();

  private Map<String, SourceView> sources = Map.of();
  private @Nullable String bootId;
  private Map<String, List<StoredSample>> rendered = Map.of();

  ContributorState(Contributor contributor) {
    this.contributor = contributor;
  }

  private record Entry(String metric, StoredSample sample) {}

  /** Takes a message in and returns what is known then. */
  ContributorSnapshot apply(ContributorUpdate update) {
    Set<String> touched =
        switch (update) {
          case ContributorUpdate.Full full -> replace(full);
          case ContributorUpdate.Changes changes -> change(changes);
          case ContributorUpdate.Alive _ -> Set.of();
        };
    Set<String> dirty = new HashSet<>(touched);
    dirty.addAll(endFormer(update.sources()));
    sources = withFormerSources(update.sources());
    if (!dirty.isEmpty()) {
      rendered = render(dirty);
    }
    return new ContributorSnapshot(contributor, rendered, sources);
  }

  private Set<String> replace(ContributorUpdate.Full full) {
    Set<String> touched = new HashSet<>(rendered.keySet());
    if (bootId != null && !bootId.equals(full.bootId())) {
      former = keepFormer();
    }
    bootId = full.bootId();
    series.clear();
    for (NewSeries added : full.series()) {
      series.put(added.id(), new Entry(added.metric(), added.sample()));
      touched.add(added.metric());
    }
    return touched;
  }

  private Set<String> change(ContributorUpdate.Changes changes) {
    Set<String> touched = new HashSet<>();
    for (int id : changes.removed()) {
      Entry entry = series.remove(id);
      if (entry != null) {
        touched.add(entry.metric());
      }
    }
    for (NewSeries added : changes.added()) {
      series.put(added.id(), new Entry(added.metric(), added.sample()));
      touched.add(added.metric());
    }
    for (NewSample updated : changes.updated()) {
      Entry entry = series.get(updated.id());
      if (entry != null) {
        StoredSample old = entry.sample();
        series.put(
            updated.id(),
            new Entry(
                entry.metric(),
                new StoredSample(
                    old.labels(), updated.value(), old.source(), updated.observedAtNanos())));
        touched.add(entry.metric());
      }
    }
    return touched;
  }

  /**
   * The present samples by source; those that are former themselves stay so for sources without
   * newer ones.
   */
  private Map<String, List<Entry>> keepFormer() {
    Map<String, List<Entry>> kept = new HashMap<>(former);
    Set<String> present = new HashSet<>();
    for (Entry entry : series.values()) {
      String source = entry.sample().source();
      if (sources.getOrDefault(source, SourceView.STARTING).observed()
          && !former.containsKey(source)) {
        if (present.add(source)) {
          kept.put(source, new ArrayList<>());
        }
        kept.getOrDefault(source, List.of()).add(entry);
      }
    }
    return kept;
  }

  /**
   * Forgets former samples of sources that are observed now, or that the contributor has no more.
   */
  private Set<String> endFormer(Map<String, SourceView> now) {
    if (former.isEmpty()) {
      return Set.of();
    }
    Set<String> touched = new HashSet<>();
    Map<String, List<Entry>> left = new HashMap<>();
    former.forEach((source, entries) -> {
      SourceView view = now.get(source);
      if (view != null && !view.observed()) {
        left.put(source, entries);
      } else {
        entries.forEach(entry -> touched.add(entry.metric()));
      }
    });
    former = left;
    return touched;
  }

  /** A source that still lives on former samples keeps the instant of its former observation. */
  private Map<String, SourceView> withFormerSources(Map<String, SourceView> now) {
    if (former.isEmpty()) {
      return Map.copyOf(now);
    }
    Map<String, SourceView> all = new HashMap<>(now);
    for (String source : former.keySet()) {
      SourceView before = sources.getOrDefault(source, SourceView.STARTING);
      SourceView present = now.getOrDefault(source, SourceView.STARTING);
      all.put(source, new SourceView(true, before.observedAtNanos(), present.failure()));
    }
    return Map.copyOf(all);
  }

  private Map<String, List<StoredSample>> render(Set<String> dirty) {
    Map<String, List<StoredSample>> fresh = new HashMap<>();
    for (Entry entry : series.values()) {
      // While a source lives on its former samples, the few that it has gathered since are not the
      // whole truth.
      if (dirty.contains(entry.metric()) && !former.containsKey(entry.sample().source())) {
        fresh.computeIfAbsent(entry.metric(), _ -> new ArrayList<>()).add(entry.sample());
      }
    }
    for (List<Entry> entries : former.values()) {
      for (Entry entry : entries) {
        if (dirty.contains(entry.metric())) {
          fresh.computeIfAbsent(entry.metric(), _ -> new ArrayList<>()).add(entry.sample());
        }
      }
    }
    Map<String, List<StoredSample>> all = new HashMap<>(rendered);
    for (String metric : dirty) {
      List<StoredSample> samples = fresh.get(metric);
      if (samples == null) {
        all.remove(metric);
      } else {
        all.put(metric, List.copyOf(samples));
      }
    }
    return Map.copyOf(all);
  }
}
