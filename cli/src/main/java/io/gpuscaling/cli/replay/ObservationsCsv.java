package io.gpuscaling.cli.replay;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import io.gpuscaling.cli.replay.ObservationTable.Row;
import io.gpuscaling.core.config.NearestName;
import io.gpuscaling.kubernetes.resource.Moment;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Problems;
import io.gpuscaling.kubernetes.resource.Read;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Reads observations from CSV (RFC 4180): a column {@code time} (RFC 3339) and one for each metric.
 * An empty cell is a missing data point. Form does not matter (a byte order mark, CRLF, quotes,
 * spaces around cells, the order of columns); content does: all faults are told, by line and
 * column.
 */
public final class ObservationsCsv {

  /** The column of times. */
  public static final String TIME = "time";

  /** The most rows: two months at 5 s. */
  static final int MAX_ROWS = 1_000_000;

  private final Problems problems = new Problems();
  private final List<String> header = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private int timeColumn = -1;
  private Optional<Instant> last = Optional.empty();

  private final Set<String> metrics;

  private ObservationsCsv(Set<String> metrics) {
    this.metrics = metrics;
  }

  /**
   * Reads a text.
   *
   * @param metrics whose columns hold numbers; what stands in other columns does not matter
   */
  public static Read<ObservationTable> read(String text, Set<String> metrics) {
    return new ObservationsCsv(metrics).table(text.startsWith("\uFEFF") ? text.substring(1) : text);
  }

  private Read<ObservationTable> table(String text) {
    CsvReader.CsvReaderBuilder form =
        CsvReader.builder()
            .trimWhitespacesAroundQuotes(true)
            .allowUnclosedQuote(false)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .skipEmptyLines(true);
    try (CsvReader<CsvRecord> records = form.ofCsvRecord(text)) {
      for (CsvRecord row : records) {
        if (header.isEmpty()) {
          readHeader(row);
        } else if (rows.size() >= MAX_ROWS) {
          problems.add(Problem.of(line(row), "is one row too many; at most " + MAX_ROWS));
          break;
        } else {
          readRow(row);
        }
      }
    } catch (CsvParseException e) {
      problems.add(Problem.of("text", "is not CSV: " + e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException("a text cannot fail to be read", e);
    }
    if (problems.isEmpty() && rows.isEmpty()) {
      problems.add(
          Problem.of("text", "has no rows; the first line names the columns: time, METRIC, ..."));
    }
    return problems.isEmpty()
        ? new Read.Valid<>(
            new ObservationTable(header.stream().filter(it -> !it.equals(TIME)).toList(), rows))
        : new Read.Invalid<>(problems.list());
  }

  private void readHeader(CsvRecord row) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < row.getFieldCount(); i++) {
      String name = row.getField(i).strip();
      header.add(name);
      if (name.isEmpty()) {
        problems.add(Problem.of(cell(row, i), "is a column without a name"));
      } else if (!seen.add(name)) {
        problems.add(Problem.of(cell(row, i), name, "is the name of a column before it"));
      }
    }
    timeColumn = header.indexOf(TIME);
    if (timeColumn < 0) {
      String separator =
          header.size() == 1 && header.getFirst().contains(";")
              ? "; columns are separated by commas"
              : NearestName.hint(TIME, header);
      problems.add(Problem.of(line(row), "names no column time" + separator));
    }
  }

  private void readRow(CsvRecord row) {
    if (row.getFieldCount() != header.size()) {
      problems.add(
          Problem.of(
              line(row), "has " + row.getFieldCount() + " cells, the header has " + header.size()));
      return;
    }
    Map<String, Double> values = HashMap.newHashMap(header.size());
    for (int i = 0; i < header.size(); i++) {
      String text = row.getField(i).strip();
      if (metrics.contains(header.get(i)) && !text.isEmpty()) {
        OptionalDouble number = number(text);
        if (number.isPresent()) {
          values.put(header.get(i), number.getAsDouble());
        } else {
          problems.add(Problem.of(cell(row, i), text, "must be a number, or empty" + hint(text)));
        }
      }
    }
    if (timeColumn >= 0) {
      readTime(row)
          .ifPresent(time ->
              rows.add(
                  new Row(
                      (int) row.getStartingLineNumber(),
                      row.getField(timeColumn).strip(),
                      time,
                      values)));
    }
  }

  private Optional<Instant> readTime(CsvRecord row) {
    String text = row.getField(timeColumn).strip();
    Optional<Instant> time = Moment.parse(text.replaceFirst("^(\\S+) (?=\\d)", "$1T"));
    if (time.isEmpty()) {
      problems.add(
          Problem.of(
              cell(row, timeColumn), text, "must be a time with its offset: 2026-03-02T12:00:00Z"));
      return time;
    }
    if (last.isPresent() && !time.get().isAfter(last.get())) {
      problems.add(
          Problem.of(cell(row, timeColumn), text, "must be after the time of the row before it"));
      return Optional.empty();
    }
    last = time;
    return time;
  }

  private static OptionalDouble number(String text) {
    try {
      double value = Double.parseDouble(text);
      boolean isDecimal = !text.isEmpty() && "+-.0123456789".indexOf(text.charAt(0)) >= 0;
      boolean isPlain = Character.isDigit(text.charAt(text.length() - 1)) || text.endsWith(".");
      return isDecimal && isPlain && Double.isFinite(value)
          ? OptionalDouble.of(value)
          : OptionalDouble.empty();
    } catch (NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }

  private static String hint(String text) {
    return text.endsWith("%") ? "; write 75 for 75 %" : "";
  }

  private static String line(CsvRecord row) {
    return "line " + row.getStartingLineNumber();
  }

  private String cell(CsvRecord row, int column) {
    String name = column < header.size() ? header.get(column) : "";
    String at = line(row) + ", column " + (column + 1);
    return name.isEmpty() ? at : at + " (" + name + ")";
  }
}
