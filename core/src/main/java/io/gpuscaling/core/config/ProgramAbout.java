package io.gpuscaling.core.config;

/**
 * What a program says of itself.
 *
 * @param name as typed
 * @param version for {@code --version}
 * @param summary one sentence for {@code --help}
 */
public record ProgramAbout(String name, String version, String summary) {

  /** Version of sources that were not packed into a jar. */
  private static final String UNPACKED = "unpacked";

  /** Takes the version from the manifest of the jar that a class is in. */
  public static ProgramAbout of(String name, String summary, Class<?> type) {
    String version = type.getPackage().getImplementationVersion();
    return new ProgramAbout(name, version == null ? UNPACKED : version, summary);
  }
}
