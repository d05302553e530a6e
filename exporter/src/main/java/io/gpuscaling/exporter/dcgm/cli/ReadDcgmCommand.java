package io.gpuscaling.exporter.dcgm.cli;

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
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code read-dcgm [FILE|URL|-] --output json|table}. Exit code 0 when at least one sample line was
 * understood or the page is legally empty, 1 when not or when it could not be had, 2 for a wrong
 * command line.
 */
@Command(
    name = "read-dcgm",
    mixinStandardHelpOptions = true,
    description = "Prints what is understood of one page of dcgm-exporter.")
public final class ReadDcgmCommand implements Callable<Integer> {

  private static final int UNDERSTOOD = 0;
  private static final int NOT_UNDERSTOOD = 1;

  private final InputStream in;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE|URL|-",
      defaultValue = "-",
      description =
          "A file, an http:// or https:// address, or - for the standard input (default).")
  private String page = "-";

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "json (one object a line) or table (default).")
  private Output output = Output.table;

  /** How the page is printed; named as on the command line. */
  enum Output {
    json,
    table
  }

  /** A command that reads {@code -} from this stream. */
  public ReadDcgmCommand(InputStream in) {
    this.in = in;
  }

  @Override
  public Integer call() throws InterruptedException {
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
    PrintWriter out = spec.commandLine().getOut();
    switch (output) {
      case json -> new DcgmPageJson().print(read, out);
      case table -> DcgmPageTable.print(read, out);
    }
    out.flush();
    boolean understood = read.sampleLines() > 0 || read.counts().skippedLines() == 0;
    return understood ? UNDERSTOOD : NOT_UNDERSTOOD;
  }

  private ScrapeResult body() throws InterruptedException {
    if (page.startsWith("http://") || page.startsWith("https://")) {
      try (var scraper = DcgmScraper.create(URI.create(page), DcgmSettings.DEFAULT_TIMEOUT)) {
        return scraper.scrape();
      } catch (IllegalArgumentException _) {
        return new ScrapeResult.Failed(ScrapeFailure.UNREACHABLE, "this is not an address");
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
    PrintWriter err = spec.commandLine().getErr();
    err.println(message);
    err.flush();
    return NOT_UNDERSTOOD;
  }
}
