package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.cli.doctor.CheckId;
import io.gpuscaling.cli.doctor.Diagnosis;
import io.gpuscaling.cli.doctor.Finding;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {

  @Test
  void arguments_thatCannotBe_areAllToldAtOnce() {
    Run run = Run.of("doctor", "--namespace=No!", "--request-timeout=2h");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .isEqualTo(
            """
            --namespace No!: must be the name of a namespace
            --request-timeout 2h: must be 1s to 1m
            """);
    assertThat(Run.of("doctor", "--request-timeout=soon").err())
        .startsWith("--request-timeout soon");
  }

  @Test
  void noKubectl_isAFault_andAllElseIsUnknown() {
    Run run = Run.of("doctor", "--kubectl=/nowhere/kubectl", "--context=a");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains("fault    api-server")
        .contains("unknown  prometheus-answers")
        .endsWith("1 faults, 25 unknown, 0 warnings, 0 ok\n");
    assertThat(run.out().lines()).allMatch(it -> it.length() <= DoctorOutput.COLUMNS);
  }

  @Test
  void noAnswerInTime_isAFault() {
    // Any program that answers nothing of use in place of kubectl.
    Run run = Run.of("doctor", "--kubectl=true", "-o", "json");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).contains("the API server does not answer");
  }

  @Test
  void table_hasVerdictCheckReasonAndFix_wrapped() {
    var diagnosis =
        new Diagnosis(
            List.of(
                Finding.ok(CheckId.CLOCK_SKEW, "all agree"),
                Finding.fault(
                    CheckId.API_OWNER,
                    "v1beta2.custom.metrics.k8s.io leads to monitoring/prometheus-adapter",
                    "apply ours")));

    assertThat(DoctorOutput.table(diagnosis))
        .isEqualTo(
            """
            VERDICT  CHECK               REASON, AND WHAT TO DO
            fault    api-owner           v1beta2.custom.metrics.k8s.io leads to
                                         monitoring/prometheus-adapter
                                         -> apply ours
            ok       clock-skew          all agree
            1 faults, 0 unknown, 0 warnings, 1 ok
            """);
  }

  @Test
  void table_cutsAWordThatIsTooLong() {
    var diagnosis =
        new Diagnosis(List.of(Finding.ok(CheckId.CLOCK_SKEW, "a " + "x".repeat(120) + " b")));

    assertThat(DoctorOutput.table(diagnosis).lines())
        .allMatch(it -> it.length() <= DoctorOutput.COLUMNS);
  }
}
