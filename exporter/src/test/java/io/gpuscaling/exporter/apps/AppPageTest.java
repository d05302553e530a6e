package io.gpuscaling.exporter.apps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AppPageTest {

  private final AppPage pages = new AppPage();

  private String read(String page, AppNumber number) {
    return switch (pages.read(page.getBytes(StandardCharsets.UTF_8), number)) {
      case AppReading.Tasks(double count) -> Double.toString(count);
      case AppReading.Failed(AppFailure failure) -> failure.label();
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        // ';' ends a line
        "m{engine=\"0\"} 2;m{engine=\"1\"} 3;m_other 9;       | 5.0",
        "m 0;                                                  | 0.0",
        "other 4;                                              | absent",
        "m_total 4;# TYPE m gauge;                             | absent",
        "m{engine=\"0\"} 2;m{engine=\"1\"} NaN;               | invalid",
        "m{engine=\"0\"} 2;m{engine=\"0\"} 3;                 | invalid",
        "m{engine=\"0\"} 2;m{engine=\"1\" 3;                  | invalid",
        "m -1;                                                 | invalid",
        "m 1e7;                                                | invalid",
        "a 1;m 2                                               | invalid",
        "<html><body>not found</body></html>;                  | content",
        "-                                                     | absent",
      })
  void metric_isTheSumOfItsSeriesOrNothing(String page, String expected) {
    assertThat(read(page == null ? "" : page.replace(";", "\n"), new AppNumber.Metric("m")))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'queue_running': [[0, 'id'], [1, 'id']], 'queue_pending': []} | /queue_running | 2.0",
        "{'queue_running': []}                                         | /queue_running | 0.0",
        "{'a': {'b': [{'c': 7}]}}                                      | /a/b/0/c       | 7.0",
        "{'queue_pending': []}                                         | /queue_running | absent",
        "{'n': null}                                                   | /n             | absent",
        "{'n': '7'}                                                    | /n             | invalid",
        "{'n': -1}                                                     | /n             | invalid",
        "{'n': {}}                                                     | /n             | invalid",
        "<html>                                                        | /n             | content",
        "{'n': 1                                                       | /n             | content",
        "true                                                          | /n             | content",
      })
  void pointer_isANumberOrTheLengthOfAListOrNothing(String page, String path, String expected) {
    assertThat(read(page.replace('\'', '"'), AppNumber.Pointer.parse(path))).isEqualTo(expected);
  }

  @Test
  void pointer_ofTheWholeAnswer() {
    assertThat(read("3", AppNumber.Pointer.parse(""))).isEqualTo("3.0");
    assertThat(read("[1, 2]", AppNumber.Pointer.parse(""))).isEqualTo("2.0");
    assertThat(read("[".repeat(60) + "]".repeat(60), AppNumber.Pointer.parse("")))
        .isEqualTo("content");
  }

  @Test
  void presets_areReadAndMakeAddresses() {
    var pod = new AppPod("team", "p-0", "u", "fd00::1");

    assertThat(AppPresets.builtIn()).containsOnlyKeys("comfyui", "n8n", "triton", "vllm");
    assertThat(AppPresets.builtIn().get("comfyui"))
        .satisfies(it -> {
          assertThat(it.url().of(pod)).hasToString("http://[fd00::1]:8188/queue");
          assertThat(it.number()).isEqualTo(AppNumber.Pointer.parse("/queue_running"));
        });
    assertThat(new AppUrl("https://{podName}.{namespace}.svc/q").of(pod))
        .hasToString("https://p-0.team.svc/q");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://service:80/metrics      | {podIP} or {podName}",
        "ftp://{podIP}/metrics          | must be http://",
        "http://u:p@{podIP}/metrics     | user or password",
        "http://{podIP}:80/a b          | is not an address",
        "{podIP}                        | must be http://",
      })
  void url_thatMakesNoAddressOfAPod_isRefused(String template, String why) {
    assertThatThrownBy(() -> new AppUrl(template))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
    assertThatThrownBy(() -> new AppUrl("http://{podIP}/" + "a".repeat(1_024)))
        .hasMessageContaining("characters");
  }

  @Test
  void number_withoutSense_isRefused() {
    assertThatThrownBy(() -> new AppNumber.Metric("a b")).hasMessageContaining("'a b'");
    assertThatThrownBy(() -> AppNumber.Pointer.parse("queue")).hasMessageContaining("'queue'");
  }
}
