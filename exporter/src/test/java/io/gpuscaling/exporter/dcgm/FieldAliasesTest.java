package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of fields against all names that DCGM 4.6 and 4.7 gave to older fields. */
final class FieldAliasesTest {

  private static final DcgmFieldTable TABLE = DcgmFieldTable.builtIn();

  /** A row of the recorded list: the old name, the new one, how they are related. */
  record Alias(String oldName, String newName, String relation) {

    boolean isNewUnit() {
      return relation.contains("NEW id");
    }
  }

  static Stream<Alias> aliases() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("src/test/resources/dcgm/field-aliases.csv"));
    return lines.stream()
        .skip(1)
        .map(line -> line.split(",", 4))
        .map(c -> new Alias(c[0], c[1], c[3]));
  }

  private static @Nullable DeviceProperty property(String name) {
    DcgmField field = TABLE.byName(name);
    return field == null ? null : field.property();
  }

  @Test
  void aliases_areAllThere() throws IOException {
    assertThat(aliases()).hasSize(294);
  }

  @ParameterizedTest
  @MethodSource("aliases")
  void bothNames_areTheSameProperty(Alias alias) {
    assertThat(property(alias.newName())).isEqualTo(property(alias.oldName()));
  }

  @ParameterizedTest
  @MethodSource("aliases")
  void unit_isThatOfTheName(Alias alias) {
    DcgmField before = TABLE.byName(alias.oldName());
    DcgmField after = TABLE.byName(alias.newName());
    if (after == null || before == null || before.property() == null) {
      return;
    }
    assertThat(List.of(before.unit(), after.unit()))
        .isIn(
            alias.newName().endsWith("GPU_UTIL_RATIO")
                ? List.of(List.of(DcgmUnit.PERCENT, DcgmUnit.RATIO_OR_PERCENT))
                : alias.isNewUnit()
                    ? List.of(
                        List.of(DcgmUnit.MEBIBYTES, DcgmUnit.BYTES),
                        List.of(DcgmUnit.MILLIJOULES, DcgmUnit.JOULES))
                    : List.of(List.of(before.unit(), before.unit())));
  }

  /** Only they prove that a page counts in base units; an alias of DCGM 4.6 does not. */
  @ParameterizedTest
  @MethodSource("aliases")
  void dialect_isNewForNewUnitsAlone(Alias alias) {
    DcgmField after = TABLE.byName(alias.newName());
    boolean isNew = after != null && after.dialect() == DcgmDialect.V4_9;

    assertThat(isNew).isEqualTo(alias.isNewUnit() && !alias.newName().endsWith("_GPU_UTIL_RATIO"));
  }
}
