package io.gpuscaling.benchmarks.queues;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How long the stages of an exporter's polls took in all, as its own page says.
 *
 * @param polls how many ended
 * @param seconds in all, by stage
 */
record PollStages(double polls, Map<String, Double> seconds) {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final String PREFIX = "gpuscaling_rabbitmq_poll_stage_duration_seconds_";
  private static final List<String> STAGES = List.of("counters", "queues", "recount", "samples");

  static PollStages read(int port) throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
              .timeout(TIMEOUT)
              .build();
      return parse(client.send(request, HttpResponse.BodyHandlers.ofLines()).body());
    }
  }

  static PollStages parse(Stream<String> page) {
    Map<String, Double> values = new TreeMap<>();
    page.filter(line -> line.startsWith(PREFIX))
        .forEach(line -> {
          int space = line.lastIndexOf(' ');
          values.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
        });
    Map<String, Double> seconds = new TreeMap<>();
    STAGES.forEach(stage -> seconds.put(stage, find(values, "sum", stage)));
    return new PollStages(find(values, "count", "samples"), seconds);
  }

  private static double find(Map<String, Double> values, String kind, String stage) {
    return values.entrySet().stream()
        .filter(it -> it.getKey().startsWith(PREFIX + kind))
        .filter(it -> it.getKey().contains("stage=\"" + stage + "\""))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  /** Mean length of a stage in the polls since then, in milliseconds. */
  double meanMillis(String stage, PollStages before) {
    double sum = seconds.getOrDefault(stage, 0.0) - before.seconds().getOrDefault(stage, 0.0);
    return 1_000 * sum / (polls - before.polls());
  }
}
