package io.gpuscaling.exporter.push;

/** Words of an adapter, made fit for our log: one line, not long. */
final class RemoteText {

  private static final int MAX_LENGTH = 200;

  private RemoteText() {}

  static String of(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH) + "…";
  }
}
