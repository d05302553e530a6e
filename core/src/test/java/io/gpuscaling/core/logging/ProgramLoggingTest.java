package io.gpuscaling.core.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.OutputStreamAppender;
import io.gpuscaling.core.config.ConfigReader;
import io.gpuscaling.core.config.ConfigResult;
import io.gpuscaling.core.config.ConfigSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgramLoggingTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final LoggerContext context = newContext();
  private final Logger logger = context.getLogger("io.gpuscaling.exporter.Dcgm");

  private LoggerContext newContext() {
    var fresh = new LoggerContext();
    fresh.setMDCAdapter(new LogbackMDCAdapter());
    new StderrConfigurator().configure(fresh);
    var root = fresh.getLogger(Logger.ROOT_LOGGER_NAME);
    if (root.getAppender("stderr") instanceof OutputStreamAppender<ILoggingEvent> appender) {
      appender.setOutputStream(bytes);
    }
    return fresh;
  }

  private List<String> lines() {
    return bytes
        .toString(StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.replaceFirst("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z", "T"))
        .toList();
  }

  @Test
  void text_keyValues_areOneLine() {
    logger
        .atInfo()
        .addKeyValue("node", "n-1")
        .addKeyValue("why", "no \"route\"\tat all")
        .log("gone");
    logger
        .atWarn()
        .addKeyValue("count", 3)
        .addKeyValue("none", (Object) null)
        .log("{} of {}", 1, 2);
    assertThat(lines())
        .containsExactly(
            "T INFO  exporter.Dcgm gone node=n-1 why=\"no \\\"route\\\"\\tat all\"",
            "T WARN  exporter.Dcgm 1 of 2 count=3 none=null");
  }

  @Test
  void text_controlCharacters_cannotForgeALine() {
    logger.atInfo().addKeyValue("k", "a\r\nT ERROR forged\u0000").log("m\nT ERROR forged\u001b[1m");
    assertThat(lines())
        .containsExactly(
            "T INFO  exporter.Dcgm m\\nT ERROR forged\\u001b[1m"
                + " k=\"a\\r\\nT ERROR forged\\u0000\"");
  }

  @Test
  void text_exception_tracedOnlyForErrors() {
    var failure = new IllegalStateException("outer", new IOException("inner"));
    logger.atWarn().setCause(failure).log("warned");
    assertThat(lines())
        .containsExactly(
            "T WARN  exporter.Dcgm warned"
                + " error=\"IllegalStateException: outer; caused by IOException: inner\"");
    bytes.reset();
    logger.atError().setCause(failure).log("broke");
    assertThat(lines()).hasSizeGreaterThan(3);
    assertThat(lines().getFirst()).startsWith("T ERROR exporter.Dcgm broke error=");
    assertThat(lines().subList(1, lines().size())).allMatch(line -> line.startsWith("    "));
  }

  @Test
  void text_exceptionWithoutMessageAndManyCauses_isBounded() {
    Exception failure = new IOException();
    for (int i = 0; i < 10; i++) {
      failure = new IllegalStateException("c" + i, failure);
    }
    logger.atWarn().setCause(failure).log("w");
    logger.atWarn().setCause(new IOException()).log("w");
    assertThat(lines().getFirst()).endsWith("IllegalStateException: c5\"");
    assertThat(lines().getLast()).endsWith("error=IOException");
  }

  @Test
  void json_event_isOneObject() {
    ProgramLogging.apply(context, LogLevel.INFO, LogFormat.JSON);
    logger.atInfo().addKeyValue("node", "n\\1").addKeyValue("message", "hidden").log("a \"b\"");
    logger.atError().setCause(new IOException("x")).log("broke");
    assertThat(lines().getFirst())
        .isEqualTo(
            "{\"time\":\"T\",\"level\":\"INFO\",\"logger\":\"exporter.Dcgm\","
                + "\"message\":\"a \\\"b\\\"\",\"node\":\"n\\\\1\"}");
    assertThat(lines()).hasSize(2);
    assertThat(lines().getLast())
        .contains(
            "\"error\":\"IOException: x\"", "\"stackTrace\":\"java.io.IOException: x\\n\\tat");
  }

  @Test
  void level_debug_isForOurOwnOnly() {
    Logger library = context.getLogger("io.netty.channel");
    logger.atDebug().log("before");
    ProgramLogging.apply(context, LogLevel.DEBUG, LogFormat.TEXT);
    logger.atDebug().log("ours");
    library.atDebug().log("theirs");
    library.atInfo().log("info");
    assertThat(lines())
        .containsExactly("T DEBUG exporter.Dcgm ours", "T INFO  io.netty.channel info");
    bytes.reset();
    ProgramLogging.apply(context, LogLevel.ERROR, LogFormat.TEXT);
    logger.atWarn().log("ours");
    library.atWarn().log("theirs");
    assertThat(lines()).isEmpty();
  }

  @Test
  void defaultContext_isOurs() {
    assertThat(org.slf4j.LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME))
        .isInstanceOfSatisfying(
            Logger.class,
            root -> {
              assertThat(root.getAppender("stderr")).isNotNull();
              assertThat(root.getLevel()).isEqualTo(Level.INFO);
            });
  }

  @Test
  void start_julAndUncaught_areLogged() throws InterruptedException {
    var schema = new ConfigSchema(List.of(ProgramLogging.KEYS), List.of());
    PrintStream before = System.err;
    var handler = Thread.getDefaultUncaughtExceptionHandler();
    try {
      System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
      if (ConfigReader.read(schema, List.of("--log-level=info"), Map.of())
          instanceof ConfigResult.Valid(var configuration)) {
        ProgramLogging.start(configuration);
      }
      java.util.logging.Logger.getLogger("io.grpc").warning("from jul");
      Thread thread =
          Thread.ofPlatform()
              .name("doomed")
              .start(() -> {
                throw new IllegalStateException("uncaught");
              });
      thread.join();
    } finally {
      System.setErr(before);
      Thread.setDefaultUncaughtExceptionHandler(handler);
    }
    assertThat(lines())
        .contains("T WARN  io.grpc from jul")
        .anySatisfy(line ->
            assertThat(line)
                .startsWith(
                    "T ERROR core.logging.ProgramLogging thread ended by an exception"
                        + " thread=doomed error=\"IllegalStateException: uncaught\""));
  }
}
