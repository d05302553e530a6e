package io.gpuscaling.core.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * Writes one event as one line, whatever is in it: control characters are escaped, so that nobody
 * can forge a line. A stack trace follows, indented, only for errors: those are bugs. Pure.
 */
final class LogLine {

  private static final String OWN_PREFIX = "io.gpuscaling.";

  /** Causes of an exception that are named. */
  private static final int MAX_CAUSES = 5;

  private LogLine() {}

  static String render(ILoggingEvent event, LogFormat format) {
    return switch (format) {
      case TEXT -> text(event);
      case JSON -> json(event);
    };
  }

  private static String text(ILoggingEvent event) {
    var line = new StringBuilder();
    line.append(time(event)).append(' ');
    line.append(String.format("%-5s", event.getLevel())).append(' ');
    line.append(logger(event)).append(' ').append(escaped(message(event)));
    pairs(event)
        .forEach((key, value) -> line.append(' ').append(key).append('=').append(quoted(value)));
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(" error=").append(quoted(causes(thrown)));
    }
    line.append('\n');
    return isBug(event) ? line + stackTrace(event).indent(4) : line.toString();
  }

  private static String json(ILoggingEvent event) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("time", time(event));
    fields.put("level", event.getLevel().toString());
    fields.put("logger", logger(event));
    fields.put("message", message(event));
    pairs(event).forEach(fields::putIfAbsent);
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      fields.put("error", causes(thrown));
    }
    if (isBug(event)) {
      fields.put("stackTrace", stackTrace(event));
    }
    return fields.entrySet().stream()
        .map(field -> inQuotes(field.getKey()) + ":" + inQuotes(field.getValue()))
        .collect(Collectors.joining(",", "{", "}\n"));
  }

  private static String time(ILoggingEvent event) {
    Instant instant = Instant.ofEpochMilli(event.getTimeStamp()).truncatedTo(ChronoUnit.MILLIS);
    String text = instant.toString();
    return text.contains(".") ? text : text.replace("Z", ".000Z");
  }

  private static String logger(ILoggingEvent event) {
    String name = event.getLoggerName();
    return name.startsWith(OWN_PREFIX) ? name.substring(OWN_PREFIX.length()) : name;
  }

  private static String message(ILoggingEvent event) {
    return Objects.requireNonNullElse(event.getFormattedMessage(), "");
  }

  private static Map<String, String> pairs(ILoggingEvent event) {
    var pairs = new LinkedHashMap<String, String>();
    @Nullable List<KeyValuePair> given = event.getKeyValuePairs();
    if (given != null) {
      given.forEach(pair -> pairs.put(pair.key, String.valueOf(pair.value)));
    }
    return pairs;
  }

  private static boolean isBug(ILoggingEvent event) {
    return event.getThrowableProxy() != null && event.getLevel().isGreaterOrEqual(Level.ERROR);
  }

  private static String stackTrace(ILoggingEvent event) {
    return ThrowableProxyUtil.asString(event.getThrowableProxy());
  }

  private static String causes(IThrowableProxy thrown) {
    var text = new StringBuilder();
    int named = 0;
    for (IThrowableProxy cause = thrown;
        cause != null && named < MAX_CAUSES;
        cause = cause.getCause()) {
      String type = cause.getClassName();
      text.append(named == 0 ? "" : "; caused by ")
          .append(type.substring(type.lastIndexOf('.') + 1));
      if (cause.getMessage() != null) {
        text.append(": ").append(cause.getMessage());
      }
      named++;
    }
    return text.toString();
  }

  private static String quoted(String value) {
    return value.matches("[A-Za-z0-9_./:@+%-]+") ? value : inQuotes(value);
  }

  private static String inQuotes(String value) {
    return '"' + escaped(value.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
  }

  private static String escaped(String text) {
    var clean = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> clean.append("\\n");
        case '\r' -> clean.append("\\r");
        case '\t' -> clean.append("\\t");
        default ->
            clean.append(
                Character.isISOControl(c) ? String.format("\\u%04x", (int) c) : String.valueOf(c));
      }
    }
    return clean.toString();
  }
}
