package io.gpuscaling.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.store.ContributorUpdate.NewSample;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSeries;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.UnknownReason;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContributorStateTest {

  private static final SourceView STARTING = SourceView.STARTING;

  private final ContributorState state = new ContributorState(new Contributor.Node("gpu-1"));

  @Test
  void apply_full_replacesEverything() {
    state.apply(full("boot", Map.of("dcgm", at(10)), gpu(1, "0", 5), gpu(2, "1", 6)));

    ContributorSnapshot snapshot =
        state.apply(full("boot", Map.of("dcgm", at(20)), gpu(1, "1", 7)));

    assertThat(values(snapshot, "gpu_power_watts")).containsExactly(Map.entry("1", 7.0));
    assertThat(snapshot.source("dcgm")).isEqualTo(at(20));
    assertThat(snapshot.contributor()).isEqualTo(new Contributor.Node("gpu-1"));
  }

  @Test
  void apply_changes_removesAddsAndUpdates() {
    state.apply(full("boot", Map.of("dcgm", at(10)), gpu(1, "0", 5), gpu(2, "1", 6)));

    ContributorSnapshot snapshot =
        state.apply(
            new ContributorUpdate.Changes(
                List.of(gpu(1, "9", 1)),
                List.of(new NewSample(2, SampleValue.exact(66), 30)),
                List.of(1),
                Map.of("dcgm", at(30))));

    assertThat(values(snapshot, "gpu_power_watts"))
        .containsExactlyInAnyOrder(Map.entry("9", 1.0), Map.entry("1", 66.0));
  }

  @Test
  void apply_changesOfUnknownIds_changeNothing() {
    state.apply(full("boot", Map.of("dcgm", at(10)), gpu(1, "0", 5)));

    ContributorSnapshot snapshot =
        state.apply(
            new ContributorUpdate.Changes(
                List.of(),
                List.of(new NewSample(7, SampleValue.exact(1), 20)),
                List.of(8),
                Map.of("dcgm", at(20))));

    assertThat(values(snapshot, "gpu_power_watts")).containsExactly(Map.entry("0", 5.0));
  }

  @Test
  void apply_changesRemoveLastSeries_metricIsGone() {
    state.apply(full("boot", Map.of("dcgm", at(10)), gpu(1, "0", 5)));

    ContributorSnapshot snapshot =
        state.apply(
            new ContributorUpdate.Changes(
                List.of(), List.of(), List.of(1), Map.of("dcgm", at(10))));

    assertThat(snapshot.samples()).isEmpty();
    assertThat(snapshot.samplesOf("gpu_power_watts")).isEmpty();
  }

  @Test
  void apply_alive_movesSourcesOnly() {
    ContributorSnapshot before = state.apply(full("boot", Map.of("dcgm", at(10)), gpu(1, "0", 5)));

    ContributorSnapshot after = state.apply(alive(Map.of("dcgm", at(40))));

    assertThat(after.samples()).isSameAs(before.samples());
    StoredSample sample = after.samplesOf("gpu_power_watts").getFirst();
    assertThat(after.observedAtNanos(sample)).isEqualTo(40);
    assertThat(before.observedAtNanos(sample)).isEqualTo(10);
  }

  @Test
  void observedAt_sampleYoungerThanItsSource_isTheSamples() {
    ContributorSnapshot snapshot =
        state.apply(full("boot", Map.of("dcgm", at(-5)), gpu(1, "0", 5)));

    assertThat(snapshot.observedAtNanos(snapshot.samplesOf("gpu_power_watts").getFirst())).isZero();
  }

  @Test
  void apply_newBootWithSourceStarting_keepsAndAgesFormerSamples() {
    state.apply(full("one", Map.of("dcgm", at(10)), gpu(1, "0", 5)));

    ContributorSnapshot snapshot = state.apply(full("two", Map.of("dcgm", STARTING)));

    assertThat(values(snapshot, "gpu_power_watts")).containsExactly(Map.entry("0", 5.0));
    assertThat(snapshot.source("dcgm")).isEqualTo(at(10));
    assertThat(snapshot.observedAtNanos(snapshot.samplesOf("gpu_power_watts").getFirst()))
        .isEqualTo(10);
  }

  @Test
  void apply_newBootWithSourceFailing_formerSamplesSayWhy() {
    state.apply(full("one", Map.of("dcgm", at(10)), gpu(1, "0", 5)));
    var failing = new SourceView(false, 0, UnknownReason.UNREACHABLE);

    ContributorSnapshot snapshot = state.apply(full("two", Map.of("dcgm", failing)));

    assertThat(snapshot.source("dcgm"))
        .isEqualTo(new SourceView(true, 10, UnknownReason.UNREACHABLE));
  }

  @Test
  void apply_newBootOfSourceThatHadNothingToSay_thatStaysKnown() {
    state.apply(full("one", Map.of("lease", at(10))));

    ContributorSnapshot snapshot = state.apply(full("two", Map.of("lease", STARTING)));

    assertThat(snapshot.source("lease")).isEqualTo(at(10));
  }

  @Test
  void apply_newBootWithoutTheSource_endsFormerSamples() {
    state.apply(full("one", Map.of("dcgm", at(10), "lease", at(10)), gpu(1, "0", 5)));

    ContributorSnapshot snapshot = state.apply(full("two", Map.of("lease", at(20))));

    assertThat(snapshot.samples()).isEmpty();
    assertThat(snapshot.source("dcgm")).isEqualTo(STARTING);
  }

  @Test
  void apply_newBootWithSourceObserved_endsFormerSamplesAtOnce() {
    state.apply(full("one", Map.of("dcgm", at(10)), gpu(1, "0", 5), gpu(2, "1", 5)));

    ContributorSnapshot snapshot = state.apply(full("two", Map.of("dcgm", at(20)), gpu(1, "0", 8)));

    assertThat(values(snapshot, "gpu_power_watts")).containsExactly(Map.entry("0", 8.0));
  }

  @Test
  void apply_firstObservationAfterNewBoot_showsWhatWasHeldBack() {
    state.apply(full("one", Map.of("lease", at(10)), busy(1, "a", 1)));
    // Not the whole truth of the pod yet: it stays behind what was known before.
    ContributorSnapshot early =
        state.apply(full("two", Map.of("lease", STARTING), busy(1, "a", 0), tasks(2, "a", 3)));
    assertThat(busy(early)).containsExactly(Map.entry("a", 1.0));
    assertThat(early.samplesOf("gpu_tasks_active")).isEmpty();

    ContributorSnapshot snapshot = state.apply(alive(Map.of("lease", at(50))));

    assertThat(busy(snapshot)).containsExactly(Map.entry("a", 0.0));
    assertThat(pods(snapshot, "gpu_tasks_active")).containsExactly("a");
  }

  @Test
  void apply_sampleOfNoPodAfterNewBoot_waitsForTheFirstObservation() {
    state.apply(full("one", Map.of("dcgm", at(10)), gpu(1, "0", 5)));

    ContributorSnapshot snapshot =
        state.apply(full("two", Map.of("dcgm", STARTING), gpu(1, "1", 6)));

    assertThat(values(snapshot, "gpu_power_watts")).containsExactly(Map.entry("0", 5.0));
  }

  @Test
  void apply_sessionOfAPodThatIsNewAfterANewBoot_isHeardBesideFormerSamples() {
    state.apply(full("one", Map.of("lease", at(10)), busy(1, "a", 1)));
    state.apply(full("two", Map.of("lease", STARTING)));

    ContributorSnapshot snapshot =
        state.apply(
            new ContributorUpdate.Changes(
                List.of(busy(1, "b", 1), busy(2, "a", 0)),
                List.of(),
                List.of(),
                Map.of("lease", STARTING)));

    assertThat(busy(snapshot)).containsExactlyInAnyOrder(Map.entry("a", 1.0), Map.entry("b", 1.0));
    assertThat(busy(state.apply(alive(Map.of("lease", at(50))))))
        .containsExactlyInAnyOrder(Map.entry("a", 0.0), Map.entry("b", 1.0));
  }

  @Test
  void apply_onlyObservedSourceOfNewBoot_othersStayFormer() {
    state.apply(
        full("one", Map.of("dcgm", at(10), "lease", at(10)), gpu(1, "0", 5), busy(2, "a", 1)));

    ContributorSnapshot snapshot =
        state.apply(full("two", Map.of("dcgm", at(30), "lease", STARTING), gpu(1, "0", 9)));

    assertThat(values(snapshot, "gpu_power_watts")).containsExactly(Map.entry("0", 9.0));
    assertThat(pods(snapshot, "gpu_workers_busy")).containsExactly("a");
    assertThat(snapshot.source("lease")).isEqualTo(at(10));
  }

  @Test
  void apply_secondRestartWithinFormerSamples_keepsTheFirst() {
    state.apply(full("one", Map.of("lease", at(10)), busy(1, "a", 1)));
    state.apply(full("two", Map.of("lease", STARTING), busy(1, "a", 0)));

    ContributorSnapshot third = state.apply(full("three", Map.of("lease", STARTING)));

    assertThat(busy(third)).containsExactly(Map.entry("a", 1.0));
    assertThat(third.source("lease")).isEqualTo(at(10));

    ContributorSnapshot observed =
        state.apply(full("three", Map.of("lease", at(90)), busy(1, "c", 0)));
    assertThat(pods(observed, "gpu_workers_busy")).containsExactly("c");
  }

  @Test
  void apply_newBootOfSourceNeverObserved_keepsNothing() {
    state.apply(full("one", Map.of("lease", STARTING), busy(1, "a", 1)));

    ContributorSnapshot snapshot = state.apply(full("two", Map.of("lease", STARTING)));

    assertThat(snapshot.samples()).isEmpty();
    assertThat(snapshot.source("lease")).isEqualTo(STARTING);
  }

  @Test
  void apply_sameBootOnNewStream_keepsNothingOfTheOld() {
    state.apply(full("one", Map.of("lease", at(10)), busy(1, "a", 1)));

    ContributorSnapshot snapshot = state.apply(full("one", Map.of("lease", STARTING)));

    assertThat(snapshot.samples()).isEmpty();
  }

  private static SourceView at(long nanos) {
    return new SourceView(true, nanos, null);
  }

  private static ContributorUpdate full(
      String boot, Map<String, SourceView> sources, NewSeries... series) {
    return new ContributorUpdate.Full(boot, List.of(series), sources);
  }

  private static ContributorUpdate alive(Map<String, SourceView> sources) {
    return new ContributorUpdate.Alive(sources);
  }

  private static NewSeries gpu(int id, String gpu, double value) {
    return series(id, "gpu_power_watts", Labels.of("gpu", gpu), value, "dcgm");
  }

  private static NewSeries busy(int id, String pod, double value) {
    return series(id, "gpu_workers_busy", Labels.of("pod", pod), value, "lease");
  }

  private static NewSeries tasks(int id, String pod, double value) {
    return series(id, "gpu_tasks_active", Labels.of("pod", pod), value, "lease");
  }

  private static NewSeries series(
      int id, String metric, Labels labels, double value, String source) {
    return new NewSeries(id, metric, new StoredSample(labels, SampleValue.exact(value), source, 0));
  }

  private static List<Map.Entry<String, Double>> values(
      ContributorSnapshot snapshot, String metric) {
    return snapshot.samplesOf(metric).stream()
        .map(it -> Map.entry(it.labels().getOrEmpty("gpu"), number(it)))
        .toList();
  }

  private static List<Map.Entry<String, Double>> busy(ContributorSnapshot snapshot) {
    return snapshot.samplesOf("gpu_workers_busy").stream()
        .map(it -> Map.entry(it.labels().getOrEmpty("pod"), number(it)))
        .toList();
  }

  private static List<String> pods(ContributorSnapshot snapshot, String metric) {
    return snapshot.samplesOf(metric).stream().map(it -> it.labels().getOrEmpty("pod")).toList();
  }

  private static double number(StoredSample sample) {
    return sample.value() instanceof SampleValue.Known(double value, _) ? value : Double.NaN;
  }
}
