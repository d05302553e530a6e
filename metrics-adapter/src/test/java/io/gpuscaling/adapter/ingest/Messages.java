package io.gpuscaling.adapter.ingest;

import io.gpuscaling.proto.v1.Delta;
import io.gpuscaling.proto.v1.Exactness;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.Heartbeat;
import io.gpuscaling.proto.v1.Hello;
import io.gpuscaling.proto.v1.Label;
import io.gpuscaling.proto.v1.Sample;
import io.gpuscaling.proto.v1.Series;
import io.gpuscaling.proto.v1.SnapshotPart;
import io.gpuscaling.proto.v1.SourceState;
import io.gpuscaling.proto.v1.SourceStatus;
import io.gpuscaling.proto.v1.Update;
import java.util.List;

/** Messages of an exporter with the source {@code dcgm}, observed just now. */
final class Messages {

  private static final SourceStatus DCGM =
      SourceStatus.newBuilder()
          .setName("dcgm")
          .setState(SourceState.SOURCE_STATE_OK)
          .setObserved(true)
          .build();

  private Messages() {}

  static ExporterMessage hello(String node) {
    return ExporterMessage.newBuilder()
        .setHello(
            Hello.newBuilder()
                .setProtocolVersion(1)
                .setNode(node)
                .setBootId("boot")
                .setSentUnixMillis(5))
        .build();
  }

  static ExporterMessage snapshot(long generation, Series... series) {
    return part(generation, 0, true, series);
  }

  static ExporterMessage part(long generation, int part, boolean last, Series... series) {
    return ExporterMessage.newBuilder()
        .setSnapshot(
            SnapshotPart.newBuilder()
                .setGeneration(generation)
                .setPart(part)
                .setLast(last)
                .addAllSeries(List.of(series))
                .addAllSources(last ? List.of(DCGM) : List.of()))
        .build();
  }

  static ExporterMessage heartbeat(long generation) {
    return ExporterMessage.newBuilder()
        .setHeartbeat(Heartbeat.newBuilder().setGeneration(generation).addSources(DCGM))
        .build();
  }

  static Series gpu(int id, String gpu, double watts) {
    return Series.newBuilder()
        .setId(id)
        .setMetric("gpu_power_watts")
        .addLabels(Label.newBuilder().setName("gpu").setValue(gpu))
        .setSource("dcgm")
        .setSample(sample(watts))
        .build();
  }

  static DeltaBuilder delta(long generation, long base) {
    return new DeltaBuilder(generation, base);
  }

  /** A change, said in a line. */
  static final class DeltaBuilder {
    private final Delta.Builder delta;

    DeltaBuilder(long generation, long base) {
      delta = Delta.newBuilder().setGeneration(generation).setBaseGeneration(base).addSources(DCGM);
    }

    DeltaBuilder add(Series series) {
      delta.addAdded(series);
      return this;
    }

    DeltaBuilder update(int id, double watts) {
      delta.addUpdated(Update.newBuilder().setId(id).setSample(sample(watts)));
      return this;
    }

    DeltaBuilder remove(int id) {
      delta.addRemoved(id);
      return this;
    }

    ExporterMessage get() {
      return ExporterMessage.newBuilder().setDelta(delta).build();
    }
  }

  private static Sample sample(double value) {
    return Sample.newBuilder().setValue(value).setExactness(Exactness.EXACTNESS_EXACT).build();
  }
}
