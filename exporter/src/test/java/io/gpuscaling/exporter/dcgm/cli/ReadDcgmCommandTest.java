package io.gpuscaling.exporter.dcgm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.gpuscaling.core.config.ConfigSchema;
import io.gpuscaling.core.config.ProgramAbout;
import io.gpuscaling.core.config.ProgramCommand;
import io.gpuscaling.core.config.ProgramStreams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ReadDcgmCommandTest {

  private static final Path PAGES = Path.of("src/test/resources/dcgm");

  /** Reads 25 and 25.0 as the same. */
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private record Run(int exitCode, String out, String err) {}

  private static Run run(String in, String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    var command =
        new ProgramCommand(
            new ProgramAbout("gpuscaling-exporter", "test", "Reads."),
            new ConfigSchema(List.of(), List.of()),
            List.of(ReadDcgmCommand.subcommand()),
            _ -> 99);
    var arguments = new ArrayList<String>(List.of("read-dcgm"));
    arguments.addAll(List.of(args));
    int code =
        command.execute(
            arguments,
            Map.of(),
            new ProgramStreams(
                new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                new PrintWriter(out),
                new PrintWriter(err)));
    return new Run(code, out.toString(), err.toString());
  }

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(PAGES)) {
      return files.filter(f -> f.toString().endsWith(".prom")).sorted().toList().stream();
    }
  }

  private static List<JsonNode> lines(String text) {
    var lines = new ArrayList<JsonNode>();
    text.lines().forEach(line -> lines.add(numbersAsDoubles(JSON.readTree(line))));
    return lines;
  }

  private static JsonNode numbersAsDoubles(JsonNode node) {
    return JSON.readTree(
        node.toString().replaceAll("(?<=[:\\[,])(-?\\d+)(?:\\.0+)?(?=[,}\\]])", "$1.0"));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void json_ofEachRecordedPage_isAsWrittenByHand(Path page) throws IOException {
    String expected =
        Files.readString(Path.of(page.toString().replace(".prom", ".expected.jsonl")));

    Run run = run("", page.toString(), "--output", "json");

    assertThat(run.exitCode()).isZero();
    assertThat(lines(run.out())).containsExactlyElementsOf(lines(expected));
    assertThat(run.err()).isEmpty();
  }

  @Test
  void pages_areAllThere() throws IOException {
    assertThat(pages()).hasSize(20);
  }

  @Test
  void table_ofAPage_isReadable() {
    Run run = run("", PAGES.resolve("v4.x-h100-mig-pods-issue512.prom").toString());

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("GPU-58e8f5ea-13cc-013a-d88f-2bcf5ae8bc77", "1g.10gb", "0%", "dialect 2.x-4.8")
        .contains("model-playground-stg/tts-predictor-00011-deployment-5554f75554-8j8pl");
    assertThat(run("").out()).contains("dialect -, 0 samples, 0 lines skipped ()");
  }

  @Test
  void standardInput_isRead() {
    Run run = run("DCGM_FI_DEV_GPU_TEMP{gpu=\"0\",UUID=\"G\"} 40\nbad\n", "-", "--output=json");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .isEqualToNormalizingNewlines(
            """
            {"uuid":"G","temperatureCelsius":40.0}
            {"dialect":"2.x-4.8","samples":1,"skippedLines":1,"skipReasons":{"bad_value":1},\
            "blankValues":0,"nonFiniteValues":0,"duplicates":0,"unusedRows":0}
            """);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"<html>\n<body>\n", "DCGM_FI_DEV_GPU_TEMP{UUID=\"G\"} 4", "a{b=\"c\"} text\n"})
  void somethingElse_exitsWith1(String text) {
    assertThat(run(text, "--output=json").exitCode()).isEqualTo(1);
  }

  @Test
  void htmlPage_saysWhy() {
    assertThat(run("<html>\n").err()).contains("-: not_exposition");
    assertThat(run("<p>\n".repeat(99)).err()).contains("not_exposition in line 51");
  }

  @Test
  void missingFile_exitsWith1() {
    Run run = run("", "/does/not/exist.prom");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("/does/not/exist.prom", "cannot be read");
  }

  @Test
  void wrongOption_exitsWith2() {
    assertThat(run("", "--output", "xml").exitCode()).isEqualTo(2);
  }

  @Test
  void url_isScraped() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          byte[] page = "DCGM_FI_DEV_GPU_TEMP{UUID=\"G\"} 40\n".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, page.length);
          try (var body = exchange.getResponseBody()) {
            body.write(page);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    server.start();
    try {
      String base = "http://127.0.0.1:" + server.getAddress().getPort();

      assertThat(run("", base + "/metrics", "--output=json").out()).contains("\"uuid\":\"G\"");
      Run missing = run("", base + "/nothing");
      assertThat(missing.exitCode()).isEqualTo(1);
      assertThat(missing.err()).contains("status 404");
      assertThat(run("", "http://[").exitCode()).isEqualTo(1);
    } finally {
      server.stop(0);
    }
  }
}
