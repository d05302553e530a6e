package io.gpuscaling.exporter.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.ConfigProblems;
import io.gpuscaling.core.config.ConfigReader;
import io.gpuscaling.core.config.ConfigResult;
import io.gpuscaling.core.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExporterKeysTest {

  private static final String DCGM = "--dcgm-url=http://127.0.0.1:9400/metrics";
  private static final String BROKER = "--rabbitmq-uri=amqp://user:hunter2@broker/jobs";
  private static final String QUEUE = "--rabbitmq-queue=jobs";
  private static final String LEASES = "--lease-listen=:9402";
  private static final String LEASE_CERT = "--lease-tls-cert-file=/tls/crt";
  private static final String LEASE_KEY = "--lease-tls-private-key-file=/tls/key";
  private static final String NODE = "--node-name=n1";
  private static final String ADAPTER = "--adapter=adapter:9443";
  private static final String CA = "--adapter-ca-file=/tls/ca";
  private static final String TOKEN = "--adapter-token-file=/token";
  private static final String CERT = "--adapter-cert-file=/tls/crt";
  private static final String KEY = "--adapter-key-file=/tls/key";

  private static List<String> problems(Map<String, String> environment, String... arguments) {
    return switch (ConfigReader.read(ExporterKeys.schema(), List.of(arguments), environment)) {
      case ConfigResult.Valid _ -> List.of();
      case ConfigResult.Invalid(ConfigProblems problems) ->
          problems.list().stream().map(ConfigProblem::toString).toList();
    };
  }

  private static List<String> problems(String... arguments) {
    return problems(Map.of(), arguments);
  }

  private static void assertOneProblem(List<String> problems, String... words) {
    assertThat(problems).singleElement().asString().contains(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        DCGM,
        BROKER + " " + QUEUE,
        LEASES + " " + LEASE_CERT + " " + LEASE_KEY + " " + NODE,
        DCGM + " " + BROKER + " " + QUEUE,
        DCGM + " " + NODE + " " + ADAPTER + " " + CA + " " + TOKEN,
        DCGM + " " + NODE + " " + ADAPTER + " " + CA + " " + CERT + " " + KEY,
        BROKER + " " + QUEUE + " " + ADAPTER + " " + CA + " " + TOKEN,
      })
  void check_soundCombination_hasNoProblem(String arguments) {
    assertThat(problems(arguments.split(" "))).isEmpty();
  }

  @Test
  void dcgm_auto_needsTheNode() {
    assertOneProblem(problems("--dcgm-url=auto"), "dcgm.url", "needs node.name");
    assertThat(problems("--dcgm-url=auto", NODE, "--dcgm-namespace=gpu-operator")).isEmpty();
    assertOneProblem(
        problems(DCGM, "--dcgm-namespace=gpu-operator"), "dcgm.namespace", "dcgm.url: auto");
    assertOneProblem(problems("--dcgm-url=automatic"), "dcgm.url", "or auto");
  }

  @Test
  void dcgm_fieldsFile_isReadAndChecked(@TempDir Path folder) throws IOException {
    Path good = Files.writeString(folder.resolve("good"), "field,property,unit,dialect\n");
    Path bad =
        Files.writeString(folder.resolve("bad"), "field,property,unit,dialect\na,b,watts,1.x\n");

    assertThat(problems(DCGM, "--dcgm-fields-file=" + good)).isEmpty();
    assertOneProblem(problems(DCGM, "--dcgm-fields-file=" + bad), "dcgm.fieldsFile", "line 2");
    assertOneProblem(
        problems(DCGM, "--dcgm-fields-file=" + folder.resolve("none")),
        "dcgm.fieldsFile",
        "cannot be read");
  }

  @Test
  void dcgm_replicaSizes_areNamedSizesOnceEach() {
    String flag = "--dcgm-replica-size=";

    assertThat(problems(DCGM, flag + "sdxl=12Gi", flag + "small=512Mi")).isEmpty();
    for (String wrong : new String[] {"12Gi", "=12Gi", "A=12Gi", "a=0", "a=12GiB", "a="}) {
      assertOneProblem(problems(DCGM, flag + wrong), "dcgm.replicaSizes");
    }
    assertOneProblem(
        problems(DCGM, flag + "a=1Gi", flag + "a=2Gi"), "dcgm.replicaSizes", "each name once");
  }

  @Test
  void check_noSource_saysWhatCanBeRead() {
    assertOneProblem(problems(), "dcgm.url", "lease.listen", "rabbitmq.uri");
  }

  @ParameterizedTest
  @CsvSource({"5s, 5001ms, false", "5s, 5s, true", "5s, 4s, true", "15s, 16s, false"})
  void check_scrapeTimeout_isAtMostTheInterval(String interval, String timeout, boolean isSound) {
    List<String> problems =
        problems(DCGM, "--dcgm-scrape-interval=" + interval, "--dcgm-scrape-timeout=" + timeout);
    if (isSound) {
      assertThat(problems).isEmpty();
    } else {
      assertOneProblem(problems, "dcgm.scrapeTimeout", "dcgm.scrapeInterval");
    }
  }

  @Test
  void check_intervalShorterThanTheDefaultTimeout_isSound() {
    assertThat(problems(DCGM, "--dcgm-scrape-interval=1s")).isEmpty();
  }

  @Test
  void check_queuesWithoutBroker_isRefused() {
    assertOneProblem(problems(DCGM, QUEUE), "rabbitmq.queues", "needs rabbitmq.uri");
  }

  @Test
  void check_brokerWithoutQueues_isRefused() {
    assertOneProblem(problems(BROKER), "rabbitmq.queues", "at least one queue");
  }

  @ParameterizedTest
  @CsvSource({
    "amqp://user:hunter2@broker/a/b, jobs, %2F",
    "amqp://user:hunter2@broker/default, jobs, vhost named 'default'",
    "amqp://user:hunter2@broker/, '', a queue name",
  })
  void check_brokerThatCannotBeUsed_isAProblemThatHidesThePassword(
      String uri, String queue, String why) {
    List<String> problems = problems("--rabbitmq-uri=" + uri, "--rabbitmq-queue=" + queue);

    assertThat(problems).isNotEmpty().noneMatch(problem -> problem.contains("hunter2"));
    if (!queue.isEmpty()) {
      assertOneProblem(problems, why);
    }
  }

  private static List<String> problemsOfFile(String yaml) throws IOException {
    Path file = Files.createTempFile("exporter", ".yaml");
    try {
      Files.writeString(file, yaml);
      return problems("--config=" + file);
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void brokers_allProblems_areToldAtOnceAndHideThePasswords() throws IOException {
    List<String> problems =
        problemsOfFile(
            """
            rabbitmq:
              brokers:
                - name: Bad Name
                  uri: amqp://u:hunter2@h
                  queues: [{queue: a}]
                - name: one
                  uri: http://u:hunter2@h
                  certFile: /crt
                  queues: [{queue: a, pattern: b}, {vhost: v}, {quue: c}]
                - name: two
                  uri: amqp://u:hunter2@h
                  addresses: ["h2", "h3:5672"]
                  queues: [{pattern: "*"}, {queue: a}, {queue: a}]
                - uri: amqp://h/a/b
            """);

    assertThat(problems).noneMatch(it -> it.contains("hunter2"));
    assertThat(String.join("\n", problems))
        .contains("brokers[0] (", "a broker's name is made of", "Bad Name")
        .contains("brokers[1].uri", "brokers[1] (", "certFile goes together with keyFile")
        .contains("brokers[2].addresses[0] \"h2\"", "has no :PORT")
        .contains("brokers[2].queues (", "a pattern needs managementUrl", "'a' is listed twice")
        .contains("brokers[3] (", "lacks name", "lacks queues");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "brokers: []| has no broker",
        "brokers: x| must be a list",
        "brokers: [{name: a, uri: amqp://h, queues: [{queue: q}]}, {name: a, uri: amqp://h, queues: [{queue: q}]}]|"
            + " listed before: a",
        "brokers: [{name: a_b, uri: amqp://h, queues: [{queue: q}]}];;  leaseNamespace: ns|"
            + " no Lease can be called 'queue-reader-a_b'",
        "brokers: [{name: a, uri: amqp://h, queues: [{queue: q}]}];;  leaseNamespace: N S|"
            + " is not a namespace",
        "brokers: [{name: a, uri: amqp://h, queues: [{queue: q}]}];;  uri: amqp://h|"
            + " cannot be set beside rabbitmq.brokers",
      })
  void brokers_oneProblem_isTold(String yaml, String why) throws IOException {
    assertThat(String.join(" ", problemsOfFile("rabbitmq:\n  " + yaml.replace(";;", "\n"))))
        .contains(why.strip());
  }

  @Test
  void brokers_tooManyQueuesInAll_isTold() throws IOException {
    String queues = "[" + "{queue: q%d}, ".repeat(1_000) + "]";
    Object[] numbers = java.util.stream.IntStream.range(0, 1_000).boxed().toArray();
    String list = queues.formatted(numbers);
    assertOneProblem(
        problemsOfFile(
            "rabbitmq:\n  brokers:\n    - {name: a, uri: amqp://h, queues: %s}\n    - {name: b, uri: amqp://h, queues: %s}\n"
                .formatted(list, list)),
        "2000 queues and 0 patterns; allowed: 1900 and 60");
  }

  @Test
  void check_clientCertificateWithoutItsKey_isRefused() {
    assertOneProblem(
        problems(BROKER, QUEUE, "--rabbitmq-cert-file=/tls/crt"),
        "rabbitmq.certFile",
        "goes together with rabbitmq.keyFile");
    assertThat(
            problems(
                BROKER, QUEUE, "--rabbitmq-cert-file=/tls/crt", "--rabbitmq-key-file=/tls/key"))
        .isEmpty();
  }

  @Test
  void check_managementUrlWithAPassword_isRefusedWithoutShowingIt() {
    List<String> problems =
        problems(BROKER, QUEUE, "--rabbitmq-management-url=http://user:hunter2@broker:15672");

    assertOneProblem(problems, "rabbitmq.managementUrl", "user information");
    assertThat(problems).noneMatch(problem -> problem.contains("hunter2"));
  }

  @Test
  void check_queueTwice_isAProblemAndNotACrash() {
    assertOneProblem(problems(BROKER, QUEUE, QUEUE), "'jobs' is listed twice");
  }

  @Test
  void check_queueNameBeyondAmqp_isAProblemAndNotACrash() {
    assertOneProblem(problems(BROKER, "--rabbitmq-queue=" + "q".repeat(256)), "1 to 255");
  }

  @Test
  void check_brokerNameThatNoSourceCanHave_isRefused() {
    assertOneProblem(problems(BROKER, QUEUE, "--rabbitmq-broker=Main"), "broker's name", "'Main'");
  }

  @ParameterizedTest
  @ValueSource(strings = {LEASE_CERT, LEASE_KEY})
  void check_leasesWithHalfACertificate_areRefused(String half) {
    assertOneProblem(problems(LEASES, NODE, half), "lease.listen", "over TLS only");
  }

  @Test
  void check_leasesWithNothingElse_saysAllThatIsMissing() {
    assertThat(problems(LEASES))
        .hasSize(2)
        .anyMatch(problem -> problem.contains("lease.tlsCertFile"))
        .anyMatch(problem -> problem.contains("node.name"));
  }

  @Test
  void check_adapterWithoutCa_isRefused() {
    assertOneProblem(problems(DCGM, NODE, ADAPTER, TOKEN), "adapter.caFile");
  }

  @Test
  void check_adapterWithoutCredential_isRefused() {
    assertOneProblem(problems(DCGM, NODE, ADAPTER, CA), "needs one credential");
  }

  @Test
  void check_adapterWithTwoCredentials_isRefused() {
    assertOneProblem(problems(DCGM, NODE, ADAPTER, CA, TOKEN, CERT, KEY), "needs one credential");
  }

  @ParameterizedTest
  @ValueSource(strings = {CERT, KEY + " " + TOKEN})
  void check_adapterWithHalfACertificate_isRefused(String arguments) {
    var all = new ArrayList<>(List.of(DCGM, NODE, ADAPTER, CA));
    all.addAll(List.of(arguments.split(" ")));

    assertOneProblem(problems(all.toArray(String[]::new)), "goes together with adapter.keyFile");
  }

  @Test
  void check_nvmlAlone_isSomethingToRead() {
    assertThat(problems("--nvml-mode=auto")).isEmpty();
    assertOneProblem(problems("--nvml-mode=off"), "dcgm.url", "nothing to read", "nvml.mode");
    assertOneProblem(problems("--nvml-mode=on"), "nvml.mode", "one of off, auto");
  }

  @Test
  void check_sourceOfTasks_needsWhatItReads() {
    String kubelet = "--pod-resources-socket=/kubelet.sock";
    assertThat(problems(DCGM, "--tasks-source=inferred", "--tasks-busy-percent=10")).isEmpty();
    assertThat(problems(DCGM, "--nvml-mode=auto", kubelet, "--tasks-fallback=nvml")).isEmpty();
    assertThat(problems("--nvml-mode=auto", "--tasks-source=inferred")).isEmpty();
    assertOneProblem(
        problems(BROKER, QUEUE, "--tasks-source=inferred"), "tasks.source", "needs dcgm.url");
    assertOneProblem(
        problems(DCGM, kubelet, "--tasks-fallback=nvml"), "tasks.fallback", "nvml.mode: auto");
    assertOneProblem(
        problems(DCGM, "--nvml-mode=auto", "--tasks-source=nvml"),
        "tasks.source",
        "podResources.socket");
    assertOneProblem(
        problems(DCGM, "--tasks-source=inferred", "--tasks-fallback=inferred"),
        "tasks.fallback",
        "another source than tasks.source");
    assertOneProblem(problems(DCGM, "--tasks-busy-percent=0"), "tasks.busyPercent", "1 to 100");
  }

  @Test
  void apps_soundEndpoints_haveNoProblem() throws IOException {
    assertThat(
            problemsOfFile(
                """
                node: {name: n1}
                tasks: {source: app}
                apps:
                  timeout: 1s
                  endpoints:
                    - {name: llm, preset: vllm, selector: app=vllm}
                    - {name: comfy, preset: comfyui, selector: app=c, namespace: team, url: "http://{podIP}:80/queue"}
                    - {name: own, selector: app=o, url: "http://{podIP}/stats", pointer: /n, exactness: lower-bound}
                """))
        .isEmpty();
  }

  @Test
  void apps_allProblems_areToldAtOnce() throws IOException {
    List<String> problems =
        problemsOfFile(
            """
            apps:
              endpoints:
                - {name: Bad Name, preset: none, selector: a=b}
                - {preset: vllm, url: "http://service/metrics", metric: "a b"}
                - {name: c, selector: a=b, url: "http://{podIP}/", metric: m, pointer: /n, exactness: quite}
                - {name: d, selector: a=b, url: "http://{podIP}/"}
                - {name: e, selector: a=b, preset: n8n, pointer: n, sellector: x}
            """);

    assertThat(String.join("\n", problems))
        .contains("apps.endpoints[0] (", "name must be like", "comfyui, n8n, triton, vllm")
        .contains("apps.endpoints[1] (", "lacks name", "lacks selector")
        .contains("apps.endpoints[1].url", "{podIP} or {podName}")
        .contains("apps.endpoints[1].metric", "'a b' is not the name of a metric")
        .contains("apps.endpoints[2] (", "metric and pointer exclude each other")
        .contains("apps.endpoints[2].exactness", "exact, estimate, lower-bound, upper-bound")
        .contains("apps.endpoints[3] (", "needs a preset, or a url and one of metric and pointer")
        .contains("apps.endpoints[4].pointer", "'n' is not a JSON pointer")
        .contains("apps.endpoints[4].sellector", "is not a known key");
  }

  @Test
  void apps_twiceOrTooMany_areTold() throws IOException {
    String one = "{name: a, preset: vllm, selector: a=b}";
    String head = "node: {name: n1}\napps:\n  endpoints:\n    - ";

    assertOneProblem(problemsOfFile(head + one + "\n    - " + one + "\n"), "listed before: a");
    String many =
        String.join(
            "\n    - ",
            java.util.stream.IntStream.range(0, 17)
                .mapToObj(i -> one.replace("name: a", "name: a" + i))
                .toList());
    assertOneProblem(problemsOfFile(head + many + "\n"), "has 17 applications; allowed: 16");
    assertOneProblem(
        problemsOfFile("apps:\n  endpoints:\n    - " + one + "\n"),
        "apps.endpoints",
        "needs node.name");
    assertOneProblem(problems(DCGM, "--tasks-fallback=app"), "tasks.fallback", "apps.endpoints");
  }

  @Test
  void check_streamOfNvmlAndQueues_isRefused() {
    assertOneProblem(
        problems("--nvml-mode=auto", NODE, BROKER, QUEUE, ADAPTER, CA, TOKEN),
        "rabbitmq.uri",
        "run a second exporter");
  }

  @Test
  void check_streamOfNodeAndQueues_isRefused() {
    assertOneProblem(
        problems(DCGM, NODE, BROKER, QUEUE, ADAPTER, CA, TOKEN),
        "rabbitmq.uri",
        "run a second exporter");
  }

  @Test
  void check_streamOfANodeWithoutItsName_isRefused() {
    assertOneProblem(problems(DCGM, ADAPTER, CA, TOKEN), "adapter.addresses", "needs node.name");
  }

  @Test
  void check_manyFaults_areAllToldAtOnce() {
    List<String> problems =
        problems(
            Map.of("GPUSCALING_DCGM_SCRAPE_INTERVAL", "fast"),
            LEASES,
            QUEUE,
            ADAPTER,
            "--listen=nonsense");

    assertThat(problems)
        .anyMatch(problem -> problem.contains("GPUSCALING_DCGM_SCRAPE_INTERVAL"))
        .anyMatch(problem -> problem.contains("--listen"))
        .anyMatch(problem -> problem.contains("needs rabbitmq.uri"))
        .anyMatch(problem -> problem.contains("over TLS only"))
        .anyMatch(problem -> problem.contains("adapter.caFile"))
        .anyMatch(problem -> problem.contains("needs one credential"))
        .anyMatch(problem -> problem.contains("compares it with the credential's node"));
  }

  @Test
  void read_environment_setsWhatFlagsSetAndFlagsWin() {
    Map<String, String> environment =
        Map.of(
            "GPUSCALING_RABBITMQ_URI", "amqp://broker",
            "GPUSCALING_RABBITMQ_QUEUES", "a,b",
            "GPUSCALING_NODE_NAME", "from-environment");

    Configuration config =
        switch (ConfigReader.read(ExporterKeys.schema(), List.of(NODE), environment)) {
          case ConfigResult.Valid(Configuration valid) -> valid;
          case ConfigResult.Invalid(ConfigProblems problems) ->
              throw new AssertionError(problems.toString());
        };

    assertThat(config.get(QueueKeys.RABBITMQ_QUEUES)).containsExactly("a", "b");
    assertThat(config.get(ExporterKeys.NODE_NAME)).contains("n1");
  }
}
