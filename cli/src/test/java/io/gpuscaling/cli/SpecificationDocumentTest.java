package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/specification.md lists every heading of the specification, and names only what exists. */
class SpecificationDocumentTest {

  private static final Path ROOT = Path.of("..");
  private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT))`");
  private static final Pattern FILE = Pattern.compile("`((?:replays|manifests)/[^`]*)`");

  @Test
  void everyHeading_isListedAtItsLine_withWhatCoversIt() throws IOException {
    List<String> headings =
        Files.readAllLines(Path.of("src", "test", "resources", "specification-headings.txt"))
            .stream()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.replace('\t', ' '))
            .toList();

    assertThat(rows().stream().map(cells -> cells.get(0) + " " + cells.get(1)))
        .containsExactlyElementsOf(headings);
    assertThat(rows()).allSatisfy(cells -> assertThat(cells.get(3)).hasSizeGreaterThan(10));
  }

  @Test
  void everyTestAndFileThatItNames_exists() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/specification.md"));
    Set<String> named =
        TEST.matcher(page).results().map(it -> it.group(1)).collect(Collectors.toSet());
    List<String> files = FILE.matcher(page).results().map(it -> it.group(1)).toList();

    assertThat(named).hasSizeGreaterThan(10).isSubsetOf(tests());
    assertThat(files)
        .hasSizeGreaterThan(20)
        .allSatisfy(file ->
            assertThat(file.startsWith("replays/") ? resource(file) : ROOT.resolve(file)).exists());
  }

  private static Path resource(String file) {
    return Path.of("src", "test", "resources").resolve(file);
  }

  private static List<List<String>> rows() throws IOException {
    return Files.readAllLines(ROOT.resolve("docs/specification.md")).stream()
        .filter(line -> line.matches("\\| \\d+ \\|.*"))
        .map(line -> Arrays.stream(line.split("\\|", -1)).skip(1).map(String::strip).toList())
        .toList();
  }

  private static Set<String> tests() throws IOException {
    Set<String> tests = new TreeSet<>();
    try (DirectoryStream<Path> modules = Files.newDirectoryStream(ROOT, Files::isDirectory)) {
      for (Path module : modules) {
        Path sources = module.resolve("src/test/java");
        if (Files.isDirectory(sources)) {
          try (Stream<Path> files = Files.walk(sources)) {
            files
                .map(file -> String.valueOf(file.getFileName()).replace(".java", ""))
                .forEach(tests::add);
          }
        }
      }
    }
    return tests;
  }
}
