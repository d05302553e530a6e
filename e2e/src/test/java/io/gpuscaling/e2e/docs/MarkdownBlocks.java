package io.gpuscaling.e2e.docs;

import io.gpuscaling.e2e.world.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The fenced blocks of the pages that people copy from. */
final class MarkdownBlocks {

  private static final Pattern FENCED =
      Pattern.compile("(?ms)^( *)```(\\w+)\\n(.*?)^ *```$", Pattern.UNIX_LINES);

  private MarkdownBlocks() {}

  /**
   * A block.
   *
   * @param page where it stands
   * @param language what its fence says: {@code sh}, {@code yaml}
   * @param text without the indentation of its fence
   */
  record Block(Path page, String language, String text) {

    @Override
    public String toString() {
      return page.getFileName() + ": " + text.lines().limit(4).toList();
    }
  }

  /** The pages: the README and everything below docs/. */
  static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    pages.add(Repository.path("README.md"));
    try (Stream<Path> files = Files.walk(Repository.path("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  /** The blocks of a page in one language. */
  static List<Block> of(Path page, String language) throws IOException {
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = FENCED.matcher(Files.readString(page));
    while (matcher.find()) {
      if (matcher.group(2).equals(language)) {
        String indentation = "(?m)^" + matcher.group(1);
        blocks.add(new Block(page, language, matcher.group(3).replaceAll(indentation, "")));
      }
    }
    return blocks;
  }
}
