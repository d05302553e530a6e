package io.gpuscaling.exporter.dcgm;

/** What one scrape gave. */
public sealed interface ScrapeResult {

  /**
   * A whole body, perhaps of no bytes.
   *
   * @param bytes not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Body(byte[] bytes) implements ScrapeResult {}

  /**
   * No page.
   *
   * @param failure the kind
   * @param detail for people, without anything that the other side sent as text
   */
  record Failed(ScrapeFailure failure, String detail) implements ScrapeResult {}
}
