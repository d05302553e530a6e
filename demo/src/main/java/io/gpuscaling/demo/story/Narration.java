package io.gpuscaling.demo.story;

import io.gpuscaling.demo.policy.ShortenedPolicy;
import io.gpuscaling.policy.hpa.HpaSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is said between the rows, in lines of at most 80 columns. Pure. */
public final class Narration {

  private static final long MILLIS = 1_000;

  private final DemoPlan plan;
  private final HpaSpec hpa;
  private final String queue;

  /** The words for a plan. */
  public Narration(DemoPlan plan, HpaSpec hpa, String queue) {
    this.plan = plan;
    this.hpa = hpa;
    this.queue = queue;
  }

  /**
   * What a person may try while it runs.
   *
   * @param folder of the certificates
   * @param externalMetrics where the external metrics of the namespace are
   * @param exporterPage an exporter's own page
   * @param dcgmPage what that exporter reads
   */
  public record HandsOn(
      Path folder, String externalMetrics, String exporterPage, String dcgmPage) {}

  /** What is about to be seen. */
  public List<String> opening() {
    List<String> lines = new ArrayList<>();
    lines.add("gpuscaling demo: a message spike scales GPU workers up, and down again.");
    lines.add("");
    lines.add("  simulated  3 nodes with 4 NVIDIA L4 each (a recorded dcgm-exporter page),");
    lines.add("             workers that lease their tasks, a broker, an API server that");
    lines.add("             reviews tokens, and an HPA by its own formula");
    lines.add("  real       3 exporters, 1 queue reader, 1 metrics-adapter: five processes,");
    lines.add("             gRPC with TLS between them, HTTPS for who asks; the adapter");
    lines.add("             evaluates the policy (--policies DIR), the HPA follows it");
    lines.add("");
    lines.add(ShortenedPolicy.SHIPPED + " (shortened):");
    lines.add("  queue  above 100 ready messages adds 2, below 10 removes 1");
    lines.add("  cpu    above 75 % adds 1; removes only while it is below 25 %");
    lines.add("  2 to 12 workers (50), never fewer than run a task");
    lines.add(
        "  looks every 1 s (15 s), cooldown up "
            + seconds(plan.cooldownUp())
            + " (300 s), down "
            + seconds(plan.cooldownDown())
            + " (600 s)");
    lines.add("");
    return lines;
  }

  /** At the beginning of a phase. */
  public List<String> at(Phase phase) {
    return switch (phase) {
      case STARTING ->
          caption(
              "Starting. An exporter that has just begun cannot know of all workers before one"
                  + " time to live of their leases has passed ("
                  + seconds(plan.leaseTimeToLive())
                  + " here). Until then the API answers 503 with the reason, shown as ?, and"
                  + " nothing is removed: unknown is never 0.");
      case IDLE ->
          caption(
              "Idle. "
                  + hpa.minReplicas()
                  + " workers have their models loaded and no message waits.");
      case SCALING_UP ->
          caption(
              "Spike: "
                  + plan.messages()
                  + " messages arrive in "
                  + queue
                  + ". While more than 100 wait the policy adds 2 workers, and after each"
                  + " cooldown 2 more.");
      case DRAINING ->
          caption(
              "Draining: one worker on a GPU, "
                  + seconds(plan.taskDuration())
                  + " a message. Between 10 and 100 messages nothing changes.");
      case BUSY_FLOOR ->
          caption(
              "No message waits any more, since each worker holds up to 4, and yet they work."
                  + " The queue's rule would remove workers now. The CPU's does not agree before"
                  + " they are idle, and the busy floor keeps whoever runs a task.");
      case COOLING ->
          caption(
              "The last task has ended: both rules agree, and one worker goes after each"
                  + " cooldown.");
      case DONE -> caption("Back at " + hpa.minReplicas() + " workers: the loop is closed.");
    };
  }

  /** Commands that work as long as the demo runs. */
  public List<String> handsOn(HandsOn it, long secondsLeft) {
    List<String> lines = new ArrayList<>();
    lines.add("Try it by hand, in another terminal, within " + secondsLeft + " s:");
    lines.add("");
    lines.add("  cd " + it.folder());
    // On two lines: a terminal may be 80 wide.
    String url = it.externalMetrics();
    int group = url.indexOf("/external.");
    lines.add("  A=" + url.substring(0, group));
    lines.add("  M=$A" + url.substring(group));
    for (String metric :
        List.of(
            "rabbitmq_queue_messages_ready",
            "gpu_workers_busy",
            "active_gpu_processing_tasks_per_worker_node",
            "scaling_policy_desired_replicas",
            "'gpu_vram_used_bytes?labelSelector=node%3Dgpu-a'")) {
      lines.add("  curl --cacert ca.crt --cert reader.crt --key reader.key \\");
      lines.add(metric.startsWith("'") ? "    \"$M\"/" + metric : "    $M/" + metric);
    }
    lines.add("  curl --cacert ca.crt $M/gpu_workers_busy   # without a certificate: refused");
    lines.add("  curl -s " + it.exporterPage() + " | grep ^gpu_   # exporter of gpu-a");
    lines.add("  curl -s " + it.dcgmPage() + " | grep FB_USED   # what it reads");
    lines.add("  cat policies/policy.yaml policies/status/*   # edit the first, and see");
    lines.add("");
    lines.add("More time: make demo DEMO_SECONDS=600. Certificates and logs are in that folder.");
    lines.add("");
    return lines;
  }

  /**
   * At the end.
   *
   * @param peak the most replicas that were wanted
   */
  public List<String> ending(int peak, List<String> problems) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    if (problems.isEmpty()) {
      lines.add(
          "OK: %d -> %d -> %d workers, an empty queue, by the policy's decisions."
              .formatted(hpa.minReplicas(), peak, hpa.minReplicas()));
      lines.add("To try the commands above yourself: make demo DEMO_SECONDS=600");
    } else {
      lines.add("FAILED:");
      problems.forEach(problem -> lines.addAll(Wrapping.wrap("- ", "  ", problem)));
    }
    return lines;
  }

  private static List<String> caption(String text) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.addAll(Wrapping.wrap("* ", "  ", text));
    lines.add("");
    return lines;
  }

  private static String seconds(Duration duration) {
    long millis = duration.toMillis();
    return millis % MILLIS == 0
        ? millis / MILLIS + " s"
        : millis / MILLIS + "." + millis % MILLIS / 100 + " s";
  }
}
