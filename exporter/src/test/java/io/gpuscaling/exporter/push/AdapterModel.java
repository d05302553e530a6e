package io.gpuscaling.exporter.push;

import io.gpuscaling.proto.v1.Delta;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.Label;
import io.gpuscaling.proto.v1.Sample;
import io.gpuscaling.proto.v1.Series;
import io.gpuscaling.proto.v1.SnapshotPart;
import io.gpuscaling.proto.v1.SourceStatus;
import io.gpuscaling.proto.v1.Update;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an adapter holds after the messages of one stream, by the words of {@code ingest.proto} and
 * nothing else. A message that breaks a rule is an {@link IllegalStateException}.
 */
final class AdapterModel {

  /** A series as held: where it comes from and what was said of it last. */
  record Held(String source, Sample sample) {}

  private final Map<Integer, Series> series = new TreeMap<>();
  private final Map<Integer, Series> pending = new TreeMap<>();
  private Map<String, SourceStatus> sources = Map.of();
  private long generation;
  private int nextPart;

  void receive(ExporterMessage message) {
    switch (message.getBodyCase()) {
      case HELLO -> {}
      case SNAPSHOT -> snapshot(message.getSnapshot());
      case DELTA -> delta(message.getDelta());
      case HEARTBEAT -> {
        require(message.getHeartbeat().getGeneration() == generation, "heartbeat's generation");
        take(message.getHeartbeat().getSourcesList());
      }
      case BODY_NOT_SET -> throw new IllegalStateException("an empty message");
    }
  }

  private void snapshot(SnapshotPart part) {
    require(part.getGeneration() > generation, "a snapshot's generation must grow");
    require(part.getPart() == nextPart, "parts must come in order");
    nextPart++;
    for (Series each : part.getSeriesList()) {
      require(each.getId() != 0, "0 is no id");
      require(pending.put(each.getId(), each) == null, "an id comes twice");
    }
    if (part.getLast()) {
      series.clear();
      series.putAll(pending);
      pending.clear();
      nextPart = 0;
      generation = part.getGeneration();
      take(part.getSourcesList());
    }
  }

  private void delta(Delta delta) {
    require(delta.getBaseGeneration() == generation, "the delta is for another generation");
    require(delta.getGeneration() > generation, "a delta's generation must grow");
    for (int id : delta.getRemovedList()) {
      require(series.remove(id) != null, "an unknown id is removed");
    }
    for (Series added : delta.getAddedList()) {
      require(added.getId() != 0, "0 is no id");
      require(series.put(added.getId(), added) == null, "an id comes twice");
    }
    for (Update update : delta.getUpdatedList()) {
      Series before = series.get(update.getId());
      if (before == null) {
        throw new IllegalStateException("an unknown id is updated");
      }
      series.put(update.getId(), before.toBuilder().setSample(update.getSample()).build());
    }
    generation = delta.getGeneration();
    take(delta.getSourcesList());
  }

  private void take(List<SourceStatus> told) {
    var byName = new TreeMap<String, SourceStatus>();
    for (SourceStatus each : told) {
      require(byName.put(each.getName(), each) == null, "a source comes twice");
    }
    sources = byName;
  }

  /** What is held, by {@code metric{label="value"}}. */
  Map<String, Held> series() {
    var held = new HashMap<String, Held>();
    for (Series each : series.values()) {
      var labels = new TreeMap<String, String>();
      for (Label label : each.getLabelsList()) {
        require(labels.put(label.getName(), label.getValue()) == null, "a label comes twice");
      }
      var name = new StringBuilder(each.getMetric()).append('{');
      labels.forEach((label, value) ->
          name.append(name.charAt(name.length() - 1) == '{' ? "" : ",")
              .append(label)
              .append("=\"")
              .append(value)
              .append('"'));
      require(
          held.put(name.append('}').toString(), new Held(each.getSource(), each.getSample()))
              == null,
          "an identity comes twice");
    }
    return held;
  }

  Map<String, SourceStatus> sources() {
    return sources;
  }

  long generation() {
    return generation;
  }

  private static void require(boolean condition, String rule) {
    if (!condition) {
      throw new IllegalStateException(rule);
    }
  }
}
