package io.gpuscaling.core.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Logging of a program: its keys, and putting them in force. */
public final class ProgramLogging {

  /** How much is logged. */
  public static final ScalarKey<LogLevel> LEVEL =
      ScalarKey.withDefault(
          "log.level",
          ScalarType.oneOf(LogLevel.class),
          LogLevel.INFO,
          "Least level that is logged; libraries log nothing below info.");

  /** Form of a line. */
  public static final ScalarKey<LogFormat> FORMAT =
      ScalarKey.withDefault(
          "log.format", ScalarType.oneOf(LogFormat.class), LogFormat.TEXT, "Form of a log line.");

  /** The keys, for the schema of a program. */
  public static final KeyGroup KEYS = new KeyGroup("Logging", List.of(LEVEL, FORMAT));

  private static final String OWN_LOGGERS = "io.gpuscaling";
  private static final Logger LOGGER = LoggerFactory.getLogger(ProgramLogging.class);

  private ProgramLogging() {}

  /**
   * Puts a configuration in force for this process, and takes over what would print by itself:
   * java.util.logging and uncaught exceptions. Call it first thing in a program.
   *
   * @param configuration has the keys of {@link #KEYS}
   */
  public static void start(Configuration configuration) {
    apply(
        (LoggerContext) LoggerFactory.getILoggerFactory(),
        configuration.get(LEVEL),
        configuration.get(FORMAT));
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    Thread.setDefaultUncaughtExceptionHandler((thread, thrown) ->
        LOGGER
            .atError()
            .addKeyValue("thread", thread.getName())
            .setCause(thrown)
            .log("thread ended by an exception"));
  }

  static void apply(LoggerContext context, LogLevel level, LogFormat format) {
    Level own = Level.toLevel(level.name());
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(own.isGreaterOrEqual(Level.INFO) ? own : Level.INFO);
    context.getLogger(OWN_LOGGERS).setLevel(own);
    // Of each connection that breaks the protocol, which anybody may make many of.
    context.getLogger("io.netty.handler").setLevel(Level.ERROR);
    StderrConfigurator.encoderOf(context).setFormat(format);
  }
}
