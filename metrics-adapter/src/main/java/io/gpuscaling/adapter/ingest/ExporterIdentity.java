package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.store.Contributor;
import java.time.Instant;
import java.util.Optional;

/** Who an exporter is. */
sealed interface ExporterIdentity {

  /**
   * It may report as this contributor.
   *
   * @param expiresAt when the credential ends, if it says so; the stream must not outlive it
   */
  record Known(Contributor contributor, Optional<Instant> expiresAt) implements ExporterIdentity {}

  /** The credential is no good. */
  record Unauthenticated(String reason) implements ExporterIdentity {}

  /** The credential is good, but not that of an exporter. */
  record Forbidden(String reason) implements ExporterIdentity {}

  /** Nobody could be asked. */
  record Unavailable(String reason) implements ExporterIdentity {}
}
