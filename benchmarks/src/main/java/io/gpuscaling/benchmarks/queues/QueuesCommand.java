package io.gpuscaling.benchmarks.queues;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.gpuscaling.benchmarks.load.Latencies;
import io.gpuscaling.benchmarks.process.Checkout;
import io.gpuscaling.benchmarks.process.MetricsReader;
import io.gpuscaling.benchmarks.process.Pause;
import io.gpuscaling.benchmarks.process.ProcessUsage;
import io.gpuscaling.benchmarks.process.StandaloneAdapter;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import io.gpuscaling.testkit.rabbitmq.RabbitMqInstallation;
import io.gpuscaling.testkit.rabbitmq.RabbitMqPlugin;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures what reading queues each second costs the exporter and the broker, how long a message
 * takes from its publishing to an answer of the metrics API, and what the usual way costs.
 */
@Command(
    name = "queues",
    description = "Reading many queues of a real broker each second, beside the usual way.",
    mixinStandardHelpOptions = true)
public final class QueuesCommand implements Callable<Integer> {

  private static final Duration SETTLE = Duration.ofSeconds(20);

  /** In each queue when the readers start. */
  private static final int FIRST_MESSAGES = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--queues",
      defaultValue = "1000",
      description = "Queues of each reader; default ${DEFAULT-VALUE}.")
  private int queueCount;

  @Option(
      names = "--readers",
      defaultValue = "1",
      description =
          "Readers, each with a vhost of its own if there are several; default ${DEFAULT-VALUE}.")
  private int readerCount;

  @Option(
      names = "--seconds",
      defaultValue = "30",
      description = "Length of each measurement; default ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--poll-interval",
      defaultValue = "1000",
      description = "Of the readers, in milliseconds; default ${DEFAULT-VALUE}.")
  private int pollMillis;

  @Option(
      names = "--reader-java-options",
      defaultValue = "-Xmn12m",
      description =
          "Flags of the readers' JVMs, after those of their launcher; default ${DEFAULT-VALUE}, as"
              + " in the manifest.")
  private String readerJavaOptions = "";

  @Option(
      names = "--messages",
      defaultValue = "1000",
      description = "Messages whose way to an answer is measured; default ${DEFAULT-VALUE}.")
  private int messages;

  private final Ticker ticker = Ticker.system();

  @Override
  public Integer call() throws IOException, InterruptedException, TimeoutException {
    PrintWriter out = spec.commandLine().getOut();
    List<List<String>> queues =
        IntStream.range(0, readerCount)
            .mapToObj(reader ->
                IntStream.range(0, queueCount).mapToObj(i -> "q." + reader + "." + i).toList())
            .toList();
    List<String> all = queues.stream().flatMap(List::stream).toList();
    try (var broker =
        RabbitMqBroker.start(
            ScratchFolder.empty(Checkout.scratch("queues-broker")),
            RabbitMqInstallation.find(),
            List.of(RabbitMqPlugin.MANAGEMENT, RabbitMqPlugin.PROMETHEUS))) {
      // Without a name the pages look the host's up each time.
      broker.rabbitmqctl("set_cluster_name", "benchmark").orThrow();
      for (int reader = 0; reader < readerCount; reader++) {
        fill(broker, reader, queues.get(reader));
      }
      Pause.of(SETTLE);
      double idle = cores(broker, () -> Pause.of(Duration.ofSeconds(seconds)));
      out.printf(Locale.ROOT, "broker, nobody reads %d queues: %.3f cores%n", all.size(), idle);
      try (Connection connection = connect(broker, vhost(0));
          Channel channel = connection.createChannel()) {
        ours(out, broker, channel, queues);
      }
      if (readerCount == 1) {
        usual(out, broker, all);
      }
      out.flush();
    }
    return 0;
  }

  private void usual(PrintWriter out, RabbitMqBroker broker, List<String> all)
      throws IOException, InterruptedException, TimeoutException {
    try (var usual = new PerRequestReader(broker, all)) {
      var asked = new Latencies();
      double cores = cores(broker, () -> usual.ask(Duration.ofSeconds(seconds), ticker, asked));
      out.printf(
          Locale.ROOT,
          "broker, a passive declare for each request, each queue once a second: %.3f cores; a"
              + " declare takes p50 %d us, p99 %d us%n",
          cores,
          asked.quantile(0.5).toNanos() / 1_000,
          asked.quantile(0.99).toNanos() / 1_000);
    }
  }

  /** The lists and pages of a vhost are all that a reader asks for: so readers share none. */
  private String vhost(int reader) {
    return readerCount == 1 ? "/" : "reader-" + reader;
  }

  private void fill(RabbitMqBroker broker, int reader, List<String> queues)
      throws IOException, TimeoutException {
    String vhost = vhost(reader);
    if (readerCount > 1) {
      broker.rabbitmqctl("add_vhost", vhost).orThrow();
      broker.rabbitmqctl("set_permissions", "-p", vhost, "guest", ".*", ".*", ".*").orThrow();
    }
    try (Connection connection = connect(broker, vhost);
        Channel channel = connection.createChannel()) {
      for (String queue : queues) {
        channel.queueDeclare(queue, true, false, false, Map.of());
        channel.basicPublish("", queue, null, new byte[1]);
      }
    }
  }

  private static Connection connect(RabbitMqBroker broker, String vhost)
      throws IOException, TimeoutException {
    var factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(broker.port());
    factory.setVirtualHost(vhost);
    return factory.newConnection("publisher");
  }

  /** Something that takes the time that is measured. */
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private double cores(RabbitMqBroker broker, Work work) throws IOException, InterruptedException {
    ProcessUsage before = ProcessUsage.of(broker.process().pid());
    long beganAtNanos = ticker.nanos();
    work.run();
    return share(ProcessUsage.of(broker.process().pid()).cpuSince(before), beganAtNanos);
  }

  private double share(Duration cpu, long beganAtNanos) {
    return (double) cpu.toNanos() / (ticker.nanos() - beganAtNanos);
  }

  private void ours(
      PrintWriter out, RabbitMqBroker broker, Channel channel, List<List<String>> queues)
      throws IOException, InterruptedException {
    List<QueueReader> readers = new ArrayList<>();
    try (var adapter = StandaloneAdapter.start("queues-adapter", List.of(), "")) {
      for (List<String> each : queues) {
        readers.add(
            QueueReader.start(
                "queue-reader-" + readers.size(),
                adapter,
                broker,
                vhost(readers.size()),
                each,
                Duration.ofMillis(pollMillis),
                readerJavaOptions));
      }
      Pause.of(SETTLE);
      List<ProcessUsage> before = readers.stream().map(QueueReader::usage).toList();
      long beganAtNanos = ticker.nanos();
      double brokers = cores(broker, () -> Pause.of(Duration.ofSeconds(seconds)));
      for (int i = 0; i < readers.size(); i++) {
        ProcessUsage usage = readers.get(i).usage();
        out.printf(
            Locale.ROOT,
            "reader of %d queues: %.3f cores, %.0f MiB resident%n",
            queueCount,
            share(usage.cpuSince(before.get(i)), beganAtNanos),
            usage.residentMebibytes());
      }
      out.printf(Locale.ROOT, "broker, read by us each %d ms: %.3f cores%n", pollMillis, brokers);
      out.printf(Locale.ROOT, "adapter: %.0f MiB resident%n", adapter.usage().residentMebibytes());
      fromPublishToAnswer(out, broker, adapter, channel, queues.getFirst(), readers.getFirst());
    } finally {
      readers.forEach(QueueReader::close);
    }
  }

  private void fromPublishToAnswer(
      PrintWriter out,
      RabbitMqBroker broker,
      StandaloneAdapter adapter,
      Channel channel,
      List<String> queues,
      QueueReader reader)
      throws IOException, InterruptedException {
    var way =
        new PublishToAnswer(new MetricsReader(adapter), channel, queues, FIRST_MESSAGES, ticker);
    way.warmUp();
    PollStages first = reader.stages();
    Map<String, Supplier<ProcessUsage>> processes = new LinkedHashMap<>();
    processes.put("reader", reader::usage);
    processes.put("adapter", adapter::usage);
    processes.put("broker", () -> ProcessUsage.of(broker.process().pid()));
    processes.put("this program", () -> ProcessUsage.of(ProcessHandle.current().pid()));
    Map<String, ProcessUsage> before = new LinkedHashMap<>();
    processes.forEach((name, usage) -> before.put(name, usage.get()));
    long beganAtNanos = ticker.nanos();
    PublishToAnswer.Measured measured = way.run(messages, Duration.ofMillis(pollMillis));
    List<String> cores = new ArrayList<>();
    processes.forEach((name, usage) ->
        cores.add(
            String.format(
                Locale.ROOT,
                "%s %.3f",
                name,
                share(
                    usage.get().cpuSince(Objects.requireNonNull(before.get(name))),
                    beganAtNanos))));
    double millis = Duration.ofNanos(ticker.nanos() - beganAtNanos).toMillis();
    breakDown(out, measured.messages(), reader.stages(), first, millis);
    out.printf(
        Locale.ROOT,
        "a question each %d ms, the longest pause between two %d ms; an answer takes p50 %d us, p99"
            + " %d us, longest %d us; cores meanwhile: %s%n",
        PublishToAnswer.ASK_EACH.toMillis(),
        measured.longestPause().toMillis(),
        measured.answers().quantile(0.5).toNanos() / 1_000,
        measured.answers().quantile(0.99).toNanos() / 1_000,
        measured.answers().quantile(1).toNanos() / 1_000,
        String.join(", ", cores));
  }

  /**
   * Where the time goes: a message waits half an interval on average until its queue is asked for,
   * and half a sweep from then on. What is left is the way from the exporter's samples to an
   * answer.
   */
  private void breakDown(
      PrintWriter out, Latencies latencies, PollStages now, PollStages before, double millis) {
    out.printf(
        Locale.ROOT,
        "publish to answer, poll each %d ms: mean %d ms, p50 %d ms, p99 %d ms, longest %d ms (%d"
            + " messages)%n",
        pollMillis,
        latencies.mean().toMillis(),
        latencies.quantile(0.5).toMillis(),
        latencies.quantile(0.99).toMillis(),
        latencies.quantile(1).toMillis(),
        latencies.count());
    double interval = millis / (now.polls() - before.polls());
    double declares = now.meanMillis("queues", before);
    double recount = now.meanMillis("recount", before);
    double samples = now.meanMillis("samples", before);
    out.printf(
        Locale.ROOT,
        "of it, on average: %.0f ms until the queue is asked (a poll each %.0f ms), %.0f ms rest of"
            + " the sweep (%.0f ms), %.0f ms counters again, %.0f ms samples, %.0f ms push, ingest and API; before each sweep"
            + " %.0f ms for counters%n",
        interval / 2,
        interval,
        declares / 2,
        declares,
        recount,
        samples,
        latencies.mean().toMillis() - interval / 2 - declares / 2 - recount - samples,
        now.meanMillis("counters", before));
  }
}
