package io.gpuscaling.exporter.dcgm;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which field of a page is which property of a device, and in which unit: {@code dcgm-fields.csv}
 * beside this class. Immutable.
 */
public final class DcgmFieldTable {

  private static final String RESOURCE = "dcgm-fields.csv";

  /** DCGM has about a thousand fields. */
  private static final int MAX_ROWS = 10_000;

  private static final String HEADER = "field,property,unit,dialect";

  private final Map<String, DcgmField> fields;

  private DcgmFieldTable(Map<String, DcgmField> fields) {
    this.fields = Map.copyOf(fields);
  }

  /** The table that comes with this program. */
  public static DcgmFieldTable builtIn() {
    try (InputStream table =
        Objects.requireNonNull(
            DcgmFieldTable.class.getResourceAsStream(RESOURCE), "dcgm-fields.csv is missing")) {
      return read(new InputStreamReader(table, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("the program's own table of DCGM fields cannot be read", e);
    }
  }

  /**
   * A table of this text: the header {@code field,property,unit,dialect}, then a field a line; a
   * property {@code -} marks a field that only tells the dialect; {@code #} begins a comment.
   *
   * @throws IllegalArgumentException for a line that is not so; the message says which
   */
  public static DcgmFieldTable parse(String csv) {
    try {
      return read(new StringReader(csv));
    } catch (IOException e) {
      throw new UncheckedIOException("a StringReader does no I/O", e);
    }
  }

  /**
   * This table with the rows of another in place of its own rows for the same fields. Where a page
   * has two fields for one property, the other's count before these.
   */
  public DcgmFieldTable with(DcgmFieldTable other) {
    var all = new HashMap<>(fields);
    other.fields.forEach((name, field) ->
        all.put(
            name,
            new DcgmField(
                name, field.property(), field.unit(), field.dialect(), field.rank() - MAX_ROWS)));
    return new DcgmFieldTable(all);
  }

  @Nullable DcgmField byName(String name) {
    return fields.get(name);
  }

  private static DcgmFieldTable read(Reader reader) throws IOException {
    var fields = new HashMap<String, DcgmField>();
    List<String> lines = new BufferedReader(reader).lines().toList();
    if (lines.size() > MAX_ROWS) {
      throw new IllegalArgumentException(
          "the table of DCGM fields has more than " + MAX_ROWS + " lines");
    }
    boolean header = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (!header) {
        if (!line.equals(HEADER)) {
          throw bad(i, "the first line must be " + HEADER);
        }
        header = true;
        continue;
      }
      DcgmField field = field(line, i);
      if (fields.put(field.name(), field) != null) {
        throw bad(i, field.name() + " comes twice");
      }
    }
    if (!header) {
      throw bad(0, "the first line must be " + HEADER);
    }
    return new DcgmFieldTable(fields);
  }

  private static DcgmField field(String line, int row) {
    List<String> cells = List.of(line.split(",", -1));
    if (cells.size() != 4) {
      throw bad(row, "it must have 4 cells");
    }
    try {
      return new DcgmField(
          cells.get(0),
          cells.get(1).equals("-")
              ? null
              : DeviceProperty.valueOf(cells.get(1).toUpperCase(Locale.ROOT)),
          DcgmUnit.byWord(cells.get(2)),
          DcgmDialect.byText(cells.get(3)),
          row);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "line " + (row + 1) + " of the table of DCGM fields: " + e.getMessage(), e);
    }
  }

  private static IllegalArgumentException bad(int row, String problem) {
    return new IllegalArgumentException(
        "line " + (row + 1) + " of the table of DCGM fields: " + problem);
  }
}
