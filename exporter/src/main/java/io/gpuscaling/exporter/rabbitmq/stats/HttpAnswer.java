package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.core.metric.UnknownReason;

/** What came of one request to a broker. */
sealed interface HttpAnswer {

  /** Status 200 and the whole body. */
  @SuppressWarnings("ArrayRecordComponent") // handed to its one reader
  record Body(byte[] bytes) implements HttpAnswer {}

  /**
   * Anything else.
   *
   * @param detail for people; no secret
   */
  record Failed(UnknownReason reason, String detail) implements HttpAnswer {}
}
