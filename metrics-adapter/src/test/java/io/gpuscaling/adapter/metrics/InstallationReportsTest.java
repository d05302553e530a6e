package io.gpuscaling.adapter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.InstallationAnswer;
import io.gpuscaling.adapter.api.UsedQuery;
import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class InstallationReportsTest {

  private final World world = new World().node("a").node("b").node("c");

  private Map<String, Object> report(UsedQuery... queries) {
    return new InstallationReports(world.metrics(), () -> List.of(queries)).report()
            instanceof InstallationAnswer.Report(Map<String, Object> fields)
        ? fields
        : Map.of();
  }

  @Test
  void sources_thatAreWell_areCounted_andTheOthersListed() {
    world.exporter("a").found("dcgm").found("lease").push();
    world
        .exporter("b")
        .failing("dcgm", UnknownReason.INVALID)
        .found("dcgm", new SourceFinding("other_node", "the page is of c"))
        .found("lease")
        .push();
    world.pass(Duration.ofSeconds(3));

    Map<String, Object> report = report();

    assertThat(report)
        .containsEntry("nodes", Map.of("withGpus", 3, "unreported", List.of("c")))
        .containsEntry(
            "sources",
            Map.of(
                "well",
                Map.of("dcgm", 1, "lease", 2),
                "others",
                List.of(
                    Map.of(
                        "node",
                        "b",
                        "source",
                        "dcgm",
                        "state",
                        "failing",
                        "reason",
                        "its source gave an impossible answer",
                        "ageSeconds",
                        3L,
                        "findings",
                        List.of(Map.of("code", "other_node", "subject", "the page is of c"))))));
  }

  @Test
  void exporter_thatDoesNotLook_orIsSilent_isNeverWell() {
    world.exporter("a").push();
    world.exporter("b").found("dcgm").found("lease").push();
    world.pass(Duration.ofMinutes(5));
    world.queueReader("r").starting("rabbitmq/default").push();

    assertThat(String.valueOf(report().get("sources")))
        .contains("node=a, source=dcgm, state=stale")
        .contains("node=b, source=dcgm, state=stale, ageSeconds=300, findings=[]")
        .contains("queueReader=r, source=rabbitmq/default, state=starting")
        .contains("well={}");
  }

  @Test
  void node_thatIsGone_isLeftOut() {
    world.exporter("a").push();
    world.deleteNode("a");

    assertThat(report().get("sources")).hasToString("{well={}, others=[]}");
  }

  @Test
  void workers_withoutASession_areListed_andThoseOfSilentNodesAreNot() {
    world
        .deployment("team", "d")
        .pod("team", "w-0", "a", "d")
        .pod("team", "w-1", "a", "d")
        .pod("team", "w-2", "b", "d");
    world.exporter("a").found("dcgm").found("lease").session("team", "w-0", 1).push();

    assertThat(String.valueOf(report().get("workers")))
        .startsWith("{expected=3, unheard=1, withoutSession=[{namespace=team, pod=w-1, node=a")
        .contains("workload=Deployment/d")
        .doesNotContain("w-0", "w-2");
  }

  @Test
  void rows_areBounded_andHowManyMoreThereAreIsTold() {
    world.exporter("a").found("dcgm").found("lease").push();
    for (int i = 0; i < 250; i++) {
      world.pod("team", "w-" + i, "a", "d");
    }

    assertThat(String.valueOf(report().get("workers"))).contains("leftOut=50");
  }

  @Test
  void queries_withoutANumber_areListed_andPodsThatAreNotReadAreNotTold() {
    world.withoutCluster();

    assertThat(report(new UsedQuery("a", Optional.empty()), new UsedQuery("b", Optional.of("why"))))
        .containsEntry(
            "queries",
            Map.of("used", 2, "withoutNumber", List.of(Map.of("query", "b", "problem", "why"))))
        .doesNotContainKey("workers");
  }

  @Test
  void clusterThatIsNotReadYet_isNoReport() {
    world.unsynced();

    assertThat(new InstallationReports(world.metrics(), List::of).report())
        .isInstanceOf(InstallationAnswer.Unavailable.class);
  }
}
