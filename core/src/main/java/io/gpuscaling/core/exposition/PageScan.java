package io.gpuscaling.core.exposition;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SeriesKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One page being read: used once, by one thread. */
final class PageScan {

  /**
   * After so many bad lines without a good one the page is something else. A line that has a name
   * and a label set is not one of these, whatever its value: a text field of a node with many GPUs
   * gives many of them.
   */
  static final int MAX_BAD_LINES_BEFORE_A_GOOD_ONE = 50;

  private static final byte[] HELP = {'H', 'E', 'L', 'P'};
  private static final byte[] EOF = {'#', ' ', 'E', 'O', 'F'};
  private static final byte[] TYPE = {'T', 'Y', 'P', 'E'};

  private final byte[] page;
  private final ExpositionLimits limits;
  private final SliceCache<Name> names;
  private final SliceCache<PageBlock> blocks;
  private final Map<Labels, Integer> labelNumbers = new HashMap<>();
  private final ValueToken number = new ValueToken();
  private final List<ExpositionSample> samples = new ArrayList<>();
  private final LongSet seen = new LongSet();
  private final Map<String, FamilyHeader> headers = new LinkedHashMap<>();
  private final Set<String> typed = new HashSet<>();
  private final Set<String> helped = new HashSet<>();
  private final Map<SkipReason, Integer> skipped = new EnumMap<>(SkipReason.class);
  private final PageBlock unlabelled;
  private PageBlock lastBlock;
  private String lastName = "";
  private int lastNameNumber = -1;
  private int lastNameStart;
  private int lastNameLength = -1;
  private int nonFinite;
  private int duplicates;
  private int strangeLines;
  private boolean anyGood;
  private boolean cut;
  private @Nullable RefusalReason refusal;

  PageScan(byte[] page, ExpositionLimits limits) {
    this.page = page;
    this.limits = limits;
    this.names = new SliceCache<>(page);
    this.blocks = new SliceCache<>(page);
    labelNumbers.put(Labels.EMPTY, 0);
    this.unlabelled = new PageBlock(0, 0, new LabelBlock.Good(Labels.EMPTY), 0);
    this.lastBlock = new PageBlock(0, 0, unlabelled.parsed(), 0);
  }

  /** A metric name, and how many others came before it. */
  private record Name(String text, int number) {}

  ExpositionResult run() {
    int line = 0;
    for (int start = 0; start < page.length; ) {
      line++;
      int rest = afterKnownSeries(start);
      int end = rest < 0 ? start : rest;
      while (end < page.length && page[end] != '\n') {
        end++;
      }
      if (rest < 0 || end == page.length || end - start > limits.lineBytes()) {
        readLine(start, end);
      } else {
        follow(Objects.requireNonNull(lastBlock.next()));
        int last = page[end - 1] == '\r' ? end - 1 : end;
        readValue(start, start + lastNameLength, 0, lastBlock, rest, last, true);
      }
      RefusalReason refused = refusal;
      if (refused != null) {
        return new ExpositionResult.Refused(refused, line);
      }
      start = end + 1;
    }
    if (!anyGood && strangeLines > 0) {
      return new ExpositionResult.Refused(RefusalReason.NOT_EXPOSITION, 0);
    }
    return new ExpositionResult.Page(
        samples, headers, new ReadCounts(skipped, nonFinite, duplicates), cut);
  }

  private void readLine(int start, int end) {
    if (end - start > limits.lineBytes()) {
      refusal = RefusalReason.LINE_TOO_LONG;
      return;
    }
    int last = end > start && page[end - 1] == '\r' ? end - 1 : end;
    int first = Bytes.skipBlanks(page, start, last);
    if (first == last) {
      return;
    }
    if (end == page.length && !isWord(first, last, EOF)) {
      cut = true;
      skip(SkipReason.UNTERMINATED);
    } else if (page[first] == '#') {
      readComment(first + 1, last);
    } else {
      readSample(first, last);
    }
  }

  private void readSample(int start, int end) {
    int i = start;
    int hash = 0;
    while (i < end && Bytes.isMetricNamePart(page[i], i == start)) {
      hash = hash * 31 + page[i];
      i++;
    }
    if (i == start) {
      skipStrange(SkipReason.BAD_NAME);
      return;
    }
    int nameEnd = i;
    i = Bytes.skipBlanks(page, i, end);
    boolean labelled = i < end && page[i] == '{';
    PageBlock block = unlabelled;
    if (labelled) {
      int blockStart = i + 1;
      int blockEnd = blockStart;
      int blockHash = 0;
      boolean quoted = false;
      for (; blockEnd < end; blockEnd++) {
        byte b = page[blockEnd];
        if (b == '"') {
          quoted = !quoted;
        } else if (b == '\\' && quoted) {
          blockEnd++;
        } else if (b == '}' && !quoted) {
          break;
        }
        blockHash = blockHash * 31 + b;
      }
      if (blockEnd >= end) {
        skipStrange(SkipReason.BAD_LABELS);
        return;
      }
      block = blockAt(blockStart, blockEnd, blockHash);
      follow(block);
      i = blockEnd + 1;
    }
    readValue(start, nameEnd, hash, block, i, end, labelled);
  }

  private void readValue(
      int nameStart, int nameEnd, int hash, PageBlock block, int start, int end, boolean labelled) {
    int valueStart = Bytes.skipBlanks(page, start, end);
    int valueEnd = Bytes.skipWord(page, valueStart, end);
    if (!number.read(page, valueStart, valueEnd)) {
      skipUnreadableValue(labelled);
      return;
    }
    long time = ExpositionSample.NO_TIMESTAMP;
    if (valueEnd < end) {
      int timeStart = Bytes.skipBlanks(page, valueEnd, end);
      int timeEnd = Bytes.trimBlanks(page, timeStart, end);
      time = timeStart == timeEnd ? time : wholeNumber(timeStart, timeEnd);
      if (timeStart < timeEnd && time == ExpositionSample.NO_TIMESTAMP) {
        skip(SkipReason.BAD_TIMESTAMP);
        return;
      }
    }
    switch (block.parsed()) {
      case LabelBlock.Good(Labels labels) ->
          add(nameStart, nameEnd, hash, labels, block.number(), time);
      case LabelBlock.Bad(SkipReason reason) -> skip(reason);
      case LabelBlock.OverLimit(RefusalReason reason) -> refusal = reason;
    }
  }

  /**
   * Where the rest of a line begins whose name is that of the line before and whose labels are
   * those that followed last time after the labels before; -1 when it is another line. Pages go
   * through the same devices for each metric, so that most lines are known by comparing bytes.
   */
  private int afterKnownSeries(int start) {
    PageBlock expected = lastBlock.next();
    int labels = start + lastNameLength + 1;
    if (expected == null || lastNameLength < 0 || labels + expected.length() >= page.length) {
      return -1;
    }
    int end = labels + expected.length();
    boolean known =
        page[labels - 1] == '{'
            && page[end] == '}'
            && Arrays.equals(
                page, start, labels - 1, page, lastNameStart, lastNameStart + lastNameLength)
            && Arrays.equals(page, labels, end, page, expected.from(), expected.to());
    return known ? end + 1 : -1;
  }

  private void follow(PageBlock block) {
    lastBlock.expect(block);
    lastBlock = block;
  }

  private PageBlock blockAt(int start, int end, int hash) {
    return blocks.get(
        start,
        end,
        hash,
        () -> {
          LabelBlock parsed = LabelBlock.parse(page, start, end, limits);
          int number =
              parsed instanceof LabelBlock.Good(Labels labels)
                  ? labelNumbers.computeIfAbsent(labels, _ -> labelNumbers.size())
                  : -1;
          return new PageBlock(start, end, parsed, number);
        });
  }

  private void add(
      int nameStart, int nameEnd, int hash, Labels labels, int labelNumber, long time) {
    String name = name(nameStart, nameEnd, hash);
    if (refusal != null) {
      return;
    }
    anyGood = true;
    if (samples.size() + nonFinite + duplicates == limits.samples()) {
      refusal = RefusalReason.TOO_MANY_SAMPLES;
      return;
    }
    if (!Double.isFinite(number.value())) {
      nonFinite++;
    } else if (seen.add((long) lastNameNumber << Integer.SIZE | labelNumber)) {
      samples.add(new ExpositionSample(new SeriesKey(name, labels), number.value(), time));
    } else {
      duplicates++;
    }
  }

  private String name(int start, int end, int hash) {
    int length = end - start;
    if (length == lastNameLength
        && Arrays.equals(page, start, end, page, lastNameStart, lastNameStart + length)) {
      return lastName;
    }
    if (length > limits.nameBytes()) {
      refusal = RefusalReason.NAME_TOO_LONG;
      return "";
    }
    Name name =
        names.get(
            start,
            end,
            hash,
            () ->
                new Name(
                    new String(page, start, length, StandardCharsets.ISO_8859_1), names.size()));
    if (names.size() > limits.families()) {
      refusal = RefusalReason.TOO_MANY_FAMILIES;
    }
    lastName = name.text();
    lastNameNumber = name.number();
    lastNameStart = start;
    lastNameLength = length;
    return lastName;
  }

  private long wholeNumber(int start, int end) {
    boolean negative = page[start] == '-';
    int first = negative ? start + 1 : start;
    if (first == end || end - first > 18) {
      return ExpositionSample.NO_TIMESTAMP;
    }
    long number = 0;
    for (int i = first; i < end; i++) {
      if (page[i] < '0' || page[i] > '9') {
        return ExpositionSample.NO_TIMESTAMP;
      }
      number = number * 10 + (page[i] - '0');
    }
    return negative ? -number : number;
  }

  /** HELP and TYPE need a blank after the hash; everything else is a comment. */
  private void readComment(int start, int end) {
    int word = Bytes.skipBlanks(page, start, end);
    int wordEnd = Bytes.skipWord(page, word, end);
    boolean help = isWord(word, wordEnd, HELP);
    if (word == start || (!help && !isWord(word, wordEnd, TYPE))) {
      return;
    }
    int nameStart = Bytes.skipBlanks(page, wordEnd, end);
    int nameEnd = nameStart;
    int hash = 0;
    while (nameEnd < end && Bytes.isMetricNamePart(page[nameEnd], nameEnd == nameStart)) {
      hash = hash * 31 + page[nameEnd];
      nameEnd++;
    }
    if (nameEnd == nameStart || (nameEnd < end && !Bytes.isBlank(page[nameEnd]))) {
      skip(SkipReason.BAD_HEADER);
      return;
    }
    String name = name(nameStart, nameEnd, hash);
    if (refusal != null) {
      return;
    }
    int text = Bytes.skipBlanks(page, nameEnd, end);
    if (help) {
      addHelp(name, Bytes.unescape(page, text, end, false));
    } else {
      addType(name, Utf8.decode(page, text, end));
    }
  }

  private boolean isWord(int start, int end, byte[] word) {
    return Arrays.equals(page, start, end, word, 0, word.length);
  }

  private void addHelp(String name, @Nullable String text) {
    if (text == null) {
      skip(SkipReason.BAD_UTF8);
      return;
    }
    anyGood = true;
    if (helped.add(name)) {
      headers.put(name, header(name).withHelp(text));
    }
  }

  private void addType(String name, @Nullable String word) {
    FamilyType type = word == null ? null : FamilyType.byWord(word.strip()).orElse(null);
    if (type == null) {
      skip(SkipReason.BAD_HEADER);
      return;
    }
    anyGood = true;
    if (typed.add(name)) {
      headers.put(name, header(name).withType(type));
    }
  }

  private FamilyHeader header(String name) {
    FamilyHeader header = headers.get(name);
    return header == null ? new FamilyHeader(name, FamilyType.UNTYPED, "") : header;
  }

  private void skipUnreadableValue(boolean labelled) {
    if (labelled) {
      skip(SkipReason.BAD_VALUE);
    } else {
      skipStrange(SkipReason.BAD_VALUE);
    }
  }

  private void skipStrange(SkipReason reason) {
    skip(reason);
    strangeLines++;
    if (!anyGood && strangeLines > MAX_BAD_LINES_BEFORE_A_GOOD_ONE) {
      refusal = RefusalReason.NOT_EXPOSITION;
    }
  }

  private void skip(SkipReason reason) {
    skipped.merge(reason, 1, Integer::sum);
  }
}
