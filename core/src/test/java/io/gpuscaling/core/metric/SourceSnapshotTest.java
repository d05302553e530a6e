package io.gpuscaling.core.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SourceSnapshotTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "DCGM", "1dcgm", "rabbitmq default", "a\n", "-a"})
  void create_badName_isRefused(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SourceSnapshot(name, new SourceState.Starting(), List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dcgm", "rabbitmq/default", "a", "x-1_2.3"})
  void create_goodName_isTaken(String name) {
    assertThat(new SourceSnapshot(name, new SourceState.Starting(), List.of()).source())
        .isEqualTo(name);
  }

  @Test
  void create_nameOf64Characters_isTheLongest() {
    assertThat(new SourceSnapshot("a".repeat(64), new SourceState.Starting(), List.of()).source())
        .hasSize(64);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new SourceSnapshot("a".repeat(65), new SourceState.Starting(), List.of()));
  }

  @Test
  void create_listChangedAfterwards_keepsWhatItWas() {
    var samples = new ArrayList<Sample>();
    var key = new SeriesKey("gpu_count", Labels.EMPTY);
    samples.add(new Sample(key, SampleValue.exact(1), 5));
    var snapshot = new SourceSnapshot("dcgm", new SourceState.Ok(5), samples);
    samples.clear();

    assertThat(snapshot.samples()).hasSize(1);
    assertThat(key).hasToString("gpu_count{}");
  }

  @Test
  void state_failing_tellsSinceWhenApartFromNever() {
    SourceState failing = new SourceState.Failing(7, UnknownReason.UNREACHABLE);
    SourceState never = new SourceState.NeverObserved(UnknownReason.UNREACHABLE);

    assertThat(failing).isNotEqualTo(never).isNotEqualTo(new SourceState.Ok(7));
    assertThat(new SourceSnapshot("dcgm", failing, List.of()).state()).isEqualTo(failing);
  }

  @Test
  void findings_areBounded_andOneThatIsNoCodeIsRefused() {
    List<SourceFinding> many =
        Collections.nCopies(20, new SourceFinding("other_node", "x".repeat(300)));

    var snapshot = new SourceSnapshot("dcgm", new SourceState.Starting(), List.of(), many);

    assertThat(snapshot.findings()).hasSize(SourceFinding.MAX_FINDINGS);
    assertThat(snapshot.findings().getFirst().subject()).hasSize(SourceFinding.MAX_SUBJECT_LENGTH);
    assertThatThrownBy(() -> new SourceFinding("Other node", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
