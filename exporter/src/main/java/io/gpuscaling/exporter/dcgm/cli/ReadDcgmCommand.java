package io.gpuscaling.exporter.dcgm.cli;

import io.gpuscaling.core.config.Subcommand;
import io.gpuscaling.core.exposition.ExpositionLimits;
import io.gpuscaling.exporter.dcgm.DcgmFieldTable;
import io.gpuscaling.exporter.dcgm.DcgmPage;
import io.gpuscaling.exporter.dcgm.DcgmPageReader;
import io.gpuscaling.exporter.dcgm.DcgmReading;
import io.gpuscaling.exporter.dcgm.DcgmScraper;
import io.gpuscaling.exporter.dcgm.DcgmSettings;
import io.gpuscaling.exporter.dcgm.ScrapeFailure;
import io.gpuscaling.exporter.dcgm.ScrapeResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code read-dcgm [FILE|URL|-] --output json|table}. Exit code 0 when at least one sample line was
 * understood or the page is legally empty, 1 when not or when it could not be had, 2 for a wrong
 * command line.
 */
public final class ReadDcgmCommand {

  private static final int UNDERSTOOD = 0;
  private static final int NOT_UNDERSTOOD = 1;
  private static final String OUTPUT = "--output";
  private static final String JSON = "json";
  private static final String TABLE = "table";

  private final String page;
  private final String output;
  private final InputStream in;
  private final PrintWriter out;
  private final PrintWriter err;

  private ReadDcgmCommand(
      String page, String output, InputStream in, PrintWriter out, PrintWriter err) {
    this.page = page;
    this.output = output;
    this.in = in;
    this.out = out;
    this.err = err;
  }

  /** The command, for the exporter's command line. It needs no configuration. */
  public static Subcommand subcommand() {
    return new Subcommand(
        "read-dcgm",
        "FILE|URL|-",
        "Prints what is understood of one page of dcgm-exporter; - is the standard input.",
        List.of(
            new Subcommand.Option(
                OUTPUT,
                List.of(JSON, TABLE),
                TABLE,
                "json (one object a line) or table (default).")),
        call -> {
          String page = call.arguments().isEmpty() ? "-" : call.arguments().getFirst();
          String output = call.options().getOrDefault(OUTPUT, TABLE);
          return new ReadDcgmCommand(page, output, call.in(), call.out(), call.err()).run();
        });
  }

  private int run() {
    return switch (body()) {
      case ScrapeResult.Failed(ScrapeFailure failure, String detail) ->
          fail(page + ": " + failure.label() + ": " + detail);
      case ScrapeResult.Body(byte[] bytes) -> read(bytes);
    };
  }

  private int read(byte[] bytes) {
    return switch (new DcgmPageReader(DcgmFieldTable.builtIn()).read(bytes, null)) {
      case DcgmReading.Refused(String reason, int line) ->
          fail(page + ": " + reason + (line == 0 ? "" : " in line " + line));
      case DcgmReading.Understood(DcgmPage read) -> print(read);
    };
  }

  private int print(DcgmPage read) {
    if (output.equals(JSON)) {
      new DcgmPageJson().print(read, out);
    } else {
      DcgmPageTable.print(read, out);
    }
    out.flush();
    boolean understood = read.sampleLines() > 0 || read.counts().skippedLines() == 0;
    return understood ? UNDERSTOOD : NOT_UNDERSTOOD;
  }

  private ScrapeResult body() {
    if (page.startsWith("http://") || page.startsWith("https://")) {
      try (var scraper = DcgmScraper.create(URI.create(page), DcgmSettings.DEFAULT_TIMEOUT)) {
        return scraper.scrape();
      } catch (IllegalArgumentException _) {
        return new ScrapeResult.Failed(ScrapeFailure.UNREACHABLE, "this is not an address");
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return new ScrapeResult.Failed(ScrapeFailure.UNREACHABLE, "interrupted");
      }
    }
    try {
      if (page.equals("-")) {
        return new ScrapeResult.Body(firstBytes(in));
      }
      try (InputStream file = Files.newInputStream(Path.of(page))) {
        return new ScrapeResult.Body(firstBytes(file));
      }
    } catch (IOException e) {
      return new ScrapeResult.Failed(ScrapeFailure.UNREACHABLE, "cannot be read: " + e);
    }
  }

  /** One byte more than a page may have, so that a larger one is refused and not cut. */
  private static byte[] firstBytes(InputStream stream) throws IOException {
    return stream.readNBytes(ExpositionLimits.BODY_BYTES + 1);
  }

  private int fail(String message) {
    err.println(message);
    err.flush();
    return NOT_UNDERSTOOD;
  }
}
