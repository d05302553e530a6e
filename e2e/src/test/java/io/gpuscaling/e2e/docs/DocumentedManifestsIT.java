package io.gpuscaling.e2e.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.e2e.docs.MarkdownBlocks.Block;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every HPA that a page shows is one that a cluster takes and that asks for a metric we serve. */
@ExtendWith(InstallationExtension.class)
class DocumentedManifestsIT {

  private static final Pattern METRIC = Pattern.compile("metric: \\{name: (\\w+)");

  private final Installation installation;

  DocumentedManifestsIT(Installation installation) {
    this.installation = installation;
  }

  @Test
  void hpasOfThePages_areTakenByTheApiServer() throws IOException {
    installation.plane().objects().namespace("ai-workers");
    List<Block> hpas = new ArrayList<>();
    for (var page : MarkdownBlocks.pages()) {
      MarkdownBlocks.of(page, "yaml").stream()
          .filter(block -> block.text().contains("kind: HorizontalPodAutoscaler"))
          .forEach(hpas::add);
    }

    assertThat(hpas)
        .hasSizeGreaterThan(3)
        .allSatisfy(hpa -> {
          installation.plane().kubectl().apply(hpa.text());
          assertThat(METRIC.matcher(hpa.text()).results().map(it -> it.group(1)))
              .isNotEmpty()
              .allMatch(name -> ServedMetric.byName(name).isPresent());
        });
  }
}
