package io.gpuscaling.core.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;

/** Encodes events as lines of one format. */
final class LineEncoder extends EncoderBase<ILoggingEvent> {

  private volatile LogFormat format;

  LineEncoder(LogFormat format) {
    this.format = format;
  }

  /** Changes the format of the lines to come. */
  void setFormat(LogFormat format) {
    this.format = format;
  }

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    return LogLine.render(event, format).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }
}
