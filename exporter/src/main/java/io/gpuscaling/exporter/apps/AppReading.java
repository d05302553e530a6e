package io.gpuscaling.exporter.apps;

/** What a pod's page came to. */
sealed interface AppReading {

  /** So many tasks run. */
  record Tasks(double count) implements AppReading {}

  /** Nobody knows. */
  record Failed(AppFailure failure) implements AppReading {}
}
