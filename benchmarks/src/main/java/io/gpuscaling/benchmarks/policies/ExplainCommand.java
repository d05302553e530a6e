package io.gpuscaling.benchmarks.policies;

import io.gpuscaling.benchmarks.fleet.Fleet;
import io.gpuscaling.benchmarks.fleet.FleetShape;
import io.gpuscaling.benchmarks.load.Latencies;
import io.gpuscaling.benchmarks.process.Checkout;
import io.gpuscaling.benchmarks.process.IngestTarget;
import io.gpuscaling.benchmarks.process.MetricsReader;
import io.gpuscaling.benchmarks.process.Pause;
import io.gpuscaling.benchmarks.process.StandaloneAdapter;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Asks an adapter's process over HTTP/2 with TLS why policies have their replicas, at a steady
 * rate, and beside it for a metric as HPAs do: first the metric alone, then both. The adapter runs
 * without a cluster; an API server in front adds its own time to both.
 */
@Command(
    name = "explain",
    description =
        "Latency of explanations and of the metrics path with 2,000 policies; 1.5 minutes.",
    mixinStandardHelpOptions = true)
public final class ExplainCommand implements Callable<Integer> {

  private static final FleetShape FLEET = new FleetShape(3, 4);
  private static final Duration SETTLE_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
  private static final int POLICIES_OF_A_FILE = 100;
  private static final String TASKS = "active_gpu_processing_tasks_per_worker_node";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--policies", defaultValue = "2000", description = "Default 2000.")
  private int count = 2000;

  @Option(names = "--seconds", defaultValue = "20", description = "Of each part; default 20.")
  private int seconds = 20;

  @Option(
      names = "--explain-rate",
      defaultValue = "50",
      description = "Explanations a second; default 50.")
  private int explainRate = 50;

  @Option(
      names = "--metric-rate",
      defaultValue = "333",
      description = "Metrics a second, as 5,000 HPAs ask; default 333.")
  private int metricRate = 333;

  private final Ticker ticker = Ticker.system();
  private final AtomicLong failures = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = ScratchFolder.empty(Checkout.scratch("explain-policies"));
    write(folder);
    try (var adapter =
            StandaloneAdapter.start("explain", FLEET.nodes(), "", "--policies=" + folder);
        var fleet = Fleet.create(FLEET, adapter);
        HttpClient client =
            HttpClient.newBuilder()
                .sslContext(adapter.readerTls())
                .version(HttpClient.Version.HTTP_2)
                .build()) {
      fleet.start();
      fleet.settle(SETTLE_TIMEOUT);
      fleet.move();
      String base = "https://127.0.0.1:" + adapter.securePort();
      awaitLast(client, base);
      var random = new SplittableRandom(1);
      Supplier<String> explanation = () -> base + path(next(random));
      Supplier<String> metric = () -> base + MetricsReader.pathOf(TASKS);
      // The adapter compiles what it runs often: unmeasured.
      measure(client, explanation, metric);
      failures.set(0);
      PrintWriter out = spec.commandLine().getOut();
      out.printf(Locale.ROOT, "%d policies%n", count);
      print("metrics alone: ", measure(client, null, metric)[1]);
      Latencies[] both = measure(client, explanation, metric);
      print("metrics beside explanations: ", both[1]);
      print("explanations of " + bytes.get() + " bytes: ", both[0]);
      out.printf(
          Locale.ROOT,
          "adapter: %.0f MiB resident; %d failed%n",
          adapter.usage().residentMebibytes(),
          failures.get());
      out.flush();
    }
    return failures.get() == 0 ? 0 : 1;
  }

  private synchronized int next(SplittableRandom random) {
    return random.nextInt(count);
  }

  private static String path(int number) {
    return "/apis/subresources.gpuscaling.io/v1alpha1/namespaces/"
        + IngestTarget.NAMESPACE
        + "/scalingpolicies/policy-"
        + number
        + "/explain";
  }

  private void awaitLast(HttpClient client, String base) throws InterruptedException {
    long begin = ticker.nanos();
    while (ask(client, base + path(count - 1)) != 200) {
      if (ticker.nanos() - begin > SETTLE_TIMEOUT.toNanos()) {
        throw new IllegalStateException("the policies are not explained");
      }
      Pause.of(Duration.ofMillis(200));
    }
  }

  /** Explanations, if asked for, and metrics. */
  private Latencies[] measure(
      HttpClient client, @Nullable Supplier<String> explanation, Supplier<String> metric)
      throws InterruptedException {
    Latencies[] all = {new Latencies(), new Latencies()};
    try (ScheduledExecutorService clock = Executors.newScheduledThreadPool(2)) {
      if (explanation != null) {
        repeat(clock, explainRate, () -> time(client, explanation.get(), all[0]));
      }
      repeat(clock, metricRate, () -> time(client, metric.get(), all[1]));
      Pause.of(Duration.ofSeconds(seconds));
      clock.shutdownNow();
    }
    return all;
  }

  private static void repeat(ScheduledExecutorService clock, int perSecond, Runnable question) {
    long interval = Duration.ofSeconds(1).toNanos() / Math.max(1, perSecond);
    var _ = clock.scheduleAtFixedRate(question, interval, interval, TimeUnit.NANOSECONDS);
  }

  private void time(HttpClient client, String url, Latencies latencies) {
    long begin = ticker.nanos();
    try {
      if (ask(client, url) == 200) {
        latencies.add(ticker.nanos() - begin);
      } else {
        failures.incrementAndGet();
      }
    } catch (InterruptedException e) {
      // The end of the measurement.
      Thread.currentThread().interrupt();
    }
  }

  /** The code of the answer; 0 when there is none. */
  private int ask(HttpClient client, String url) throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(REQUEST_TIMEOUT).build();
    try {
      HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      if (url.endsWith("/explain")) {
        bytes.set(answer.body().length);
      }
      return answer.statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  private void print(String what, Latencies latencies) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s%d, p50 %.2f ms, p99 %.2f ms, longest %.1f ms%n",
        what,
        latencies.count(),
        millis(latencies, 0.5),
        millis(latencies, 0.99),
        millis(latencies, 1));
    out.flush();
  }

  private static double millis(Latencies latencies, double share) {
    return latencies.quantile(share).toNanos() / 1e6;
  }

  private void write(Path folder) throws IOException {
    for (int first = 0; first < count; first += POLICIES_OF_A_FILE) {
      var text = new StringBuilder();
      for (int i = first; i < Math.min(count, first + POLICIES_OF_A_FILE); i++) {
        text.append(
            """
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: worker-%1$d, namespace: %2$s}
            spec: {replicas: 2}
            ---
            apiVersion: gpuscaling.io/v1alpha1
            kind: ScalingPolicy
            metadata: {name: policy-%1$d, namespace: %2$s}
            spec:
              scaleTargetRef: {kind: Deployment, name: worker-%1$d}
              maxReplicas: 50
              evaluationInterval: 1s
              rules:
                - name: memory
                  metric: {name: gpu_vram_used_bytes, selector: {matchLabels: {node: %3$s}}}
                  scaleUp: {threshold: "900Ti"}
                  scaleDown: {operator: LessThan, threshold: "1"}
                - name: gpus
                  metric: {name: gpu_count, selector: {matchLabels: {node: %3$s}}}
                  scaleUp: {threshold: 1000}
                  scaleDown: {operator: LessThan, threshold: 1}
            """
                .formatted(i, IngestTarget.NAMESPACE, FLEET.nodes().getFirst()));
      }
      Files.writeString(folder.resolve("policies-" + first + ".yaml"), text);
    }
  }
}
