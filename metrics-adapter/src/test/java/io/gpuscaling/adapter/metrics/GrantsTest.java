package io.gpuscaling.adapter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.metrics.Grants.Glob;
import io.gpuscaling.core.metric.Labels;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrantsTest {

  @ParameterizedTest
  @CsvSource({
    "jobs,jobs,true",
    "jobs,jobs2,false",
    "jobs,Jobs,false",
    "*,anything,true",
    "*,'',true",
    "jobs.*,jobs.a,true",
    "jobs.*,jobsxa,false",
    "*.high,a.b.high,true",
    "a*c*e,abcde,true",
    "a*c*e,abde,false",
    "'',x,false",
    "[a-z],a,false",
    "\\Q*,\\Qx,true",
    "a\\E*,a\\Eb,true",
  })
  void glob_text_standsForItselfButTheStar(String glob, String value, boolean matches) {
    assertThat(new Glob(glob).matches(value)).isEqualTo(matches);
    assertThat(new Glob(glob)).hasToString(glob);
  }

  @Test
  void glob_nameWithLineBreak_isMatchedByStar() {
    assertThat(new Glob("a*").matches("a\nb")).isTrue();
  }

  @Test
  void none_grantsNothing() {
    assertThat(Grants.NONE.nodes("ns")).isFalse();
    assertThat(Grants.NONE.anyQueue("ns")).isFalse();
    assertThat(Grants.NONE.anyQueueOf("ns", "default")).isFalse();
    assertThat(Grants.NONE.queue("ns", "default", "default", "jobs")).isFalse();
  }

  @Test
  void queue_allThreePatterns_mustMatch() {
    var pattern =
        new Grants.QueuePattern(new Glob("default"), new Glob("team-*"), new Glob("jobs"));
    var grants = new Grants(List.of(new Grants.Grant(List.of("ns"), List.of(pattern), false)));

    assertThat(grants.queue("ns", "default", "team-a", "jobs")).isTrue();
    assertThat(grants.queue("ns", "second", "team-a", "jobs")).isFalse();
    assertThat(grants.queue("ns", "default", "other", "jobs")).isFalse();
    assertThat(grants.queue("ns", "default", "team-a", "mail")).isFalse();
    assertThat(grants.queue("nsx", "default", "team-a", "jobs")).isFalse();
    assertThat(grants.anyQueueOf("ns", "default")).isTrue();
    assertThat(grants.anyQueueOf("ns", "second")).isFalse();
  }

  @Test
  void labelOrder_comparesNamesThenValuesThenSize() {
    LabelOrder order = LabelOrder.INSTANCE;

    assertThat(order.compare(Labels.of("a", "1"), Labels.of("a", "2"))).isNegative();
    assertThat(order.compare(Labels.of("b", "1"), Labels.of("a", "2"))).isPositive();
    assertThat(order.compare(Labels.of("a", "1"), Labels.of("a", "1", "b", "1"))).isNegative();
    assertThat(order.compare(Labels.of("a", "1"), Labels.of("a", "1"))).isZero();
  }
}
