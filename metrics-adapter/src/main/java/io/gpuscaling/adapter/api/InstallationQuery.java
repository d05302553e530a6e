package io.gpuscaling.adapter.api;

/**
 * Tells what exporters and this program find wrong around them: for whoever looks after the
 * installation. Safe for use by any thread; never blocks.
 */
@FunctionalInterface
public interface InstallationQuery {

  /** The resource of the API that it is asked by; cluster-scoped. */
  String RESOURCE = "installationreports";

  /** The name of the only one. */
  String NAME = "current";

  /** The kind of the answer. */
  String KIND = "InstallationReport";

  /** There is nothing to tell of. */
  InstallationQuery NONE = () -> new InstallationAnswer.Unavailable("nobody reports here");

  /** What is known now. */
  InstallationAnswer report();
}
