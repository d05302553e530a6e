package io.gpuscaling.exporter.push;

/** Bounds of a stream; the same as those written in {@code ingest.proto}. */
final class PushLimits {

  /** The protocol version that this exporter speaks. */
  static final int PROTOCOL_VERSION = 1;

  /** Bytes of one message. */
  static final int MAX_MESSAGE_BYTES = 1 << 20;

  /** Series of one exporter. */
  static final int MAX_SERIES = 20_000;

  /** Characters of a metric name. */
  static final int MAX_METRIC_LENGTH = 128;

  /** Labels of a series. */
  static final int MAX_LABELS = 16;

  /** Characters of a label name. */
  static final int MAX_LABEL_NAME_LENGTH = 64;

  /** Characters of a label value. */
  static final int MAX_LABEL_VALUE_LENGTH = 256;

  /** Characters of boot id and version in Hello. */
  static final int MAX_HELLO_TEXT_LENGTH = 64;

  private PushLimits() {}
}
