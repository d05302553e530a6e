package io.gpuscaling.adapter.ingest;

import java.time.Duration;

/** Bounds of connections, and of a stream: those are written in {@code ingest.proto} too. */
final class IngestLimits {

  /** The protocol version that this adapter speaks. */
  static final int PROTOCOL_VERSION = 1;

  /** Bytes of one message. */
  static final int MAX_MESSAGE_BYTES = 1 << 20;

  /**
   * Series of one contributor: 64 GPUs of 8 instances with 20 series each, and as much again for
   * tasks.
   */
  static final int MAX_SERIES = 20_000;

  /** Sources of one contributor. */
  static final int MAX_SOURCES = 64;

  /** Characters of a metric name. */
  static final int MAX_METRIC_LENGTH = 128;

  /** Labels of a series. */
  static final int MAX_LABELS = 16;

  /** Characters of a label name. */
  static final int MAX_LABEL_NAME_LENGTH = 64;

  /** Characters of a label value. */
  static final int MAX_LABEL_VALUE_LENGTH = 256;

  /** Characters of a source name. */
  static final int MAX_SOURCE_LENGTH = 64;

  /** Characters of boot id and version in Hello. */
  static final int MAX_HELLO_TEXT_LENGTH = 64;

  /** A week: an older observation is as good as none, and its age could overflow. */
  static final long MAX_AGE_MILLIS = 7L * 24 * 3600 * 1000;

  /**
   * Connections that may wait to be accepted: a whole fleet comes at once when an adapter has been
   * restarted. The kernel's own limit holds too.
   */
  static final int ACCEPT_BACKLOG = 4096;

  /**
   * How long a TLS handshake may take: as long as those of a whole fleet together, done by a
   * program that was just started. With less, all would be begun, none be finished, and all begun
   * again.
   */
  static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(30);

  private IngestLimits() {}
}
