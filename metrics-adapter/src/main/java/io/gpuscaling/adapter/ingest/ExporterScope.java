package io.gpuscaling.adapter.ingest;

/** What the series of an exporter may be about. */
public enum ExporterScope {
  /** The node of its credential, nothing else. */
  NODE,
  /** Queues, nothing else. */
  QUEUES
}
