package io.gpuscaling.exporter.push;

/** Why a series is not sent. */
enum DropReason {
  /** Its name or labels break a bound of {@code ingest.proto}. */
  INVALID,
  /** Another series has the same name and labels. */
  DUPLICATE,
  /** There are more series than an adapter takes. */
  TOO_MANY
}
