package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SeriesKey;
import java.util.List;

/**
 * While no new page comes the last samples go on, but not in the name of pods that have gone
 * meanwhile. Pure.
 */
final class GonePods {

  private static final String POD = "pod";
  private static final String NAMESPACE = "namespace";
  private static final String ATTRIBUTION = "attribution";

  private GonePods() {}

  /** The samples, those of pods that hold nothing any more without their names. */
  static List<Sample> forget(List<Sample> samples, DeviceHolders holders) {
    return holders.complete()
        ? samples.stream().map(sample -> forget(sample, holders)).toList()
        : samples;
  }

  private static Sample forget(Sample sample, DeviceHolders holders) {
    Labels labels = sample.series().labels();
    String pod = labels.get(POD);
    if (pod == null || holders.isHolder(labels.getOrEmpty(NAMESPACE), pod)) {
      return sample;
    }
    Labels rest =
        labels.without(POD).without(NAMESPACE).with(ATTRIBUTION, Attribution.UNKNOWN.label());
    return new Sample(
        new SeriesKey(sample.series().metric(), rest), sample.value(), sample.observedAtNanos());
  }
}
