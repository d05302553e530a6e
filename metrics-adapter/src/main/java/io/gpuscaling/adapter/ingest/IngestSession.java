package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.ingest.ProtocolViolation.Kind;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorUpdate;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSample;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSeries;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.adapter.store.SourceView;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.proto.v1.Delta;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.Heartbeat;
import io.gpuscaling.proto.v1.Hello;
import io.gpuscaling.proto.v1.SnapshotPart;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of one stream, without its transport: takes messages in order, writes the store, and
 * says what to answer. Not safe for use by several threads; gRPC calls a stream by one thread at a
 * time.
 */
final class IngestSession {

  private final Contributor contributor;
  private final SampleStore store;
  private final Ticker ticker;
  private final MessageDecoder decoder;

  private SampleStore.@Nullable Writer writer;
  private String bootId = "";

  /** The generation that the store holds; 0 while it holds none of this stream. */
  private long generation;

  /** The series of this stream by their id; each identity once, or it would be counted twice. */
  private final Map<Integer, SeriesKey> series = new HashMap<>();

  private final Set<SeriesKey> identities = new HashSet<>();

  /** Parts of a snapshot that has not been ended yet. */
  private final List<NewSeries> pending = new ArrayList<>();

  private long pendingGeneration;
  private int nextPart;

  /**
   * Whether a snapshot was asked for that has not begun: one is enough for all changes before it.
   */
  private boolean isSnapshotDue;

  IngestSession(Contributor contributor, SampleStore store, Ticker ticker) {
    this.contributor = contributor;
    this.store = store;
    this.ticker = ticker;
    this.decoder = new MessageDecoder(contributor);
  }

  /** What to answer to a message. */
  sealed interface Answer {

    /** The first message is good. */
    record Welcome(long sentUnixMillis) implements Answer {}

    /** The store holds this generation. */
    record Acknowledge(long generation) implements Answer {}

    /** What came cannot be used without what was before it. */
    record NeedSnapshot(String reason) implements Answer {}

    /** Nothing to say. */
    record Silence() implements Answer {}

    /** A later stream of the same contributor has taken over. */
    record Superseded() implements Answer {}
  }

  /**
   * Takes one message in.
   *
   * @throws ProtocolViolation when the message breaks a rule; the stream must end, the store keeps
   *     what it had
   */
  Answer receive(ExporterMessage message) throws ProtocolViolation {
    return switch (message.getBodyCase()) {
      case HELLO -> hello(message.getHello());
      case SNAPSHOT -> snapshot(message.getSnapshot(), opened());
      case DELTA -> delta(message.getDelta(), opened());
      case HEARTBEAT -> heartbeat(message.getHeartbeat(), opened());
      // A newer exporter may say things that we do not know; they change nothing.
      case BODY_NOT_SET -> new Answer.Silence();
    };
  }

  private Answer hello(Hello hello) throws ProtocolViolation {
    if (writer != null) {
      throw new ProtocolViolation(Kind.INVALID, "hello comes twice");
    }
    decoder.checkHello(hello);
    bootId = hello.getBootId();
    writer = store.open(contributor);
    return new Answer.Welcome(hello.getSentUnixMillis());
  }

  private SampleStore.Writer opened() throws ProtocolViolation {
    if (writer == null) {
      throw new ProtocolViolation(Kind.INVALID, "the first message is not hello");
    }
    return writer;
  }

  private Answer snapshot(SnapshotPart part, SampleStore.Writer to) throws ProtocolViolation {
    if (part.getPart() == 0) {
      pending.clear();
      nextPart = 0;
      pendingGeneration = part.getGeneration();
      isSnapshotDue = false;
    }
    if (part.getPart() != nextPart
        || part.getGeneration() != pendingGeneration
        || pendingGeneration <= generation) {
      throw new ProtocolViolation(Kind.INVALID, "snapshot parts are out of order");
    }
    nextPart++;
    if (pending.size() + part.getSeriesCount() > IngestLimits.MAX_SERIES) {
      throw new ProtocolViolation(
          Kind.TOO_MUCH, "more than " + IngestLimits.MAX_SERIES + " series");
    }
    long now = ticker.nanos();
    pending.addAll(decoder.series(part.getSeriesList(), now));
    if (!part.getLast()) {
      return new Answer.Silence();
    }
    var full =
        new ContributorUpdate.Full(
            bootId, List.copyOf(pending), decoder.sources(part.getSourcesList(), now));
    pending.clear();
    nextPart = 0;
    series.clear();
    identities.clear();
    for (NewSeries each : full.series()) {
      requireNew(each, full.sources());
    }
    return written(to.apply(full), pendingGeneration);
  }

  private Answer delta(Delta delta, SampleStore.Writer to) throws ProtocolViolation {
    if (generation == 0
        || delta.getBaseGeneration() != generation
        || delta.getGeneration() <= generation) {
      if (isSnapshotDue) {
        return new Answer.Silence();
      }
      return needSnapshot("delta", delta.getBaseGeneration());
    }
    long now = ticker.nanos();
    var changes =
        new ContributorUpdate.Changes(
            decoder.series(delta.getAddedList(), now),
            decoder.updates(delta.getUpdatedList(), now),
            List.copyOf(delta.getRemovedList()),
            decoder.sources(delta.getSourcesList(), now));
    for (int id : changes.removed()) {
      SeriesKey gone = series.remove(id);
      if (gone != null) {
        identities.remove(gone);
      }
    }
    for (NewSeries each : changes.added()) {
      requireNew(each, changes.sources());
    }
    for (NewSample each : changes.updated()) {
      if (!series.containsKey(each.id())) {
        throw new ProtocolViolation(
            Kind.INVALID, "no series has the id " + Integer.toUnsignedString(each.id()));
      }
    }
    if (series.size() > IngestLimits.MAX_SERIES) {
      throw new ProtocolViolation(
          Kind.TOO_MUCH, "more than " + IngestLimits.MAX_SERIES + " series");
    }
    return written(to.apply(changes), delta.getGeneration());
  }

  private Answer heartbeat(Heartbeat heartbeat, SampleStore.Writer to) throws ProtocolViolation {
    if (generation == 0 || heartbeat.getGeneration() != generation) {
      return needSnapshot("heartbeat", heartbeat.getGeneration());
    }
    var alive =
        new ContributorUpdate.Alive(decoder.sources(heartbeat.getSourcesList(), ticker.nanos()));
    return to.apply(alive) ? new Answer.Silence() : new Answer.Superseded();
  }

  private Answer needSnapshot(String what, long forGeneration) {
    isSnapshotDue = true;
    return new Answer.NeedSnapshot(
        "generation "
            + Long.toUnsignedString(generation)
            + " is held, the "
            + what
            + " is for "
            + Long.toUnsignedString(forGeneration));
  }

  private Answer written(boolean applied, long newGeneration) {
    if (!applied) {
      return new Answer.Superseded();
    }
    generation = newGeneration;
    return new Answer.Acknowledge(newGeneration);
  }

  private void requireNew(NewSeries added, Map<String, SourceView> sources)
      throws ProtocolViolation {
    if (!sources.containsKey(added.sample().source())) {
      throw new ProtocolViolation(
          Kind.INVALID, added.metric() + " is of a source that the message does not name");
    }
    var identity = new SeriesKey(added.metric(), added.sample().labels());
    if (series.put(added.id(), identity) != null) {
      throw new ProtocolViolation(
          Kind.INVALID, "two series have the id " + Integer.toUnsignedString(added.id()));
    }
    if (!identities.add(identity)) {
      throw new ProtocolViolation(Kind.INVALID, "a series of " + added.metric() + " comes twice");
    }
  }
}
