package io.gpuscaling.core.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Objects;

/**
 * Sets logback up before the first event: text lines on standard error, at info. Found by logback
 * through {@code META-INF/services}; in code rather than XML, which costs a start a tenth of a
 * second.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class StderrConfigurator extends ContextAwareBase implements Configurator {

  /** The one appender. */
  static final String APPENDER = "stderr";

  private static final String ENCODER = LineEncoder.class.getName();

  /** For logback. */
  public StderrConfigurator() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    var encoder = new LineEncoder(LogFormat.TEXT);
    encoder.setContext(context);
    encoder.start();
    context.putObject(ENCODER, encoder);
    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setName(APPENDER);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(appender);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** The encoder of a context that was set up here. */
  static LineEncoder encoderOf(LoggerContext context) {
    return (LineEncoder) Objects.requireNonNull(context.getObject(ENCODER), "not set up here");
  }
}
