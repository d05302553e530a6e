package io.gpuscaling.core.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a configuration file into nodes that know their lines. Anchors, tags and further documents
 * are refused: a configuration is plain data, read the same way by every tool.
 */
final class YamlFile {

  /** Largest file, in bytes. */
  static final int MAX_BYTES = 1 << 20;

  /** Deepest nesting of lists and maps. */
  static final int MAX_DEPTH = 32;

  private final Iterator<Event> events;

  private YamlFile(Iterator<Event> events) {
    this.events = events;
  }

  /** What came of reading a file; an empty one is an empty map. */
  sealed interface Result {

    /** It is a YAML document. */
    record Read(YamlNode root) implements Result {}

    /** It is not. Line 0 is the file as a whole. */
    record Refused(int line, String why) implements Result {}
  }

  /** Reads a file from disk. */
  static Result read(Path file) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      return new Result.Refused(0, "does not exist");
    } catch (IOException e) {
      return new Result.Refused(0, "cannot be read: " + e.getClass().getSimpleName());
    }
    if (bytes.length > MAX_BYTES) {
      return new Result.Refused(0, "is larger than " + ByteSize.print(MAX_BYTES));
    }
    try {
      return parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return new Result.Refused(0, "is not UTF-8 text");
    }
  }

  /** Reads a document. */
  static Result parse(String text) {
    String document = text.startsWith("\uFEFF") ? text.substring(1) : text;
    var settings = LoadSettings.builder().setUseMarks(true).build();
    try {
      return new Result.Read(
          new YamlFile(new Parse(settings).parseString(document).iterator()).document());
    } catch (Unsupported e) {
      return new Result.Refused(e.line, e.why);
    } catch (MarkedYamlEngineException e) {
      // The whole message quotes the file, which may hold secrets; the problem alone does not.
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      return new Result.Refused(line, "is not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      return new Result.Refused(0, "is not YAML");
    }
  }

  private YamlNode document() {
    YamlNode root = new YamlNode.Entries(1, List.of());
    int documents = 0;
    while (events.hasNext()) {
      Event event = events.next();
      switch (event.getEventId()) {
        case DocumentStart -> {
          documents++;
          if (documents > 1) {
            throw new Unsupported(event, "has more than one document");
          }
        }
        case StreamStart, StreamEnd, DocumentEnd, Comment -> {}
        case Scalar, Alias, SequenceStart, SequenceEnd, MappingStart, MappingEnd ->
            root = node(event, 0);
      }
    }
    return root;
  }

  private YamlNode node(Event event, int depth) {
    if (depth > MAX_DEPTH) {
      throw new Unsupported(event, "is nested more than " + MAX_DEPTH + " deep");
    }
    return switch (event) {
      case ScalarEvent scalar -> text(scalar);
      case SequenceStartEvent start -> items(start, depth);
      case MappingStartEvent start -> entries(start, depth);
      case AliasEvent alias -> throw new Unsupported(alias, "uses an alias (*), write it out");
      default -> throw new IllegalStateException("no node begins with " + event.getEventId());
    };
  }

  private static YamlNode.Text text(ScalarEvent scalar) {
    refuseTag(scalar, scalar.getTag());
    String value = scalar.getValue();
    boolean isEmpty =
        scalar.getScalarStyle() == ScalarStyle.PLAIN
            && (value.isEmpty() || value.equals("~") || value.equals("null"));
    return new YamlNode.Text(line(scalar), value, isEmpty);
  }

  private YamlNode.Items items(SequenceStartEvent start, int depth) {
    refuseTag(start, start.getTag());
    var items = new ArrayList<YamlNode>();
    for (Event next = events.next(); !(next instanceof SequenceEndEvent); next = events.next()) {
      items.add(node(next, depth + 1));
    }
    return new YamlNode.Items(line(start), List.copyOf(items));
  }

  private YamlNode.Entries entries(MappingStartEvent start, int depth) {
    refuseTag(start, start.getTag());
    var entries = new ArrayList<YamlNode.Entry>();
    for (Event next = events.next(); !(next instanceof MappingEndEvent); next = events.next()) {
      if (!(next instanceof ScalarEvent key)) {
        throw new Unsupported(next, "has a key that is not a name");
      }
      refuseTag(key, key.getTag());
      entries.add(new YamlNode.Entry(line(key), key.getValue(), node(events.next(), depth + 1)));
    }
    return new YamlNode.Entries(line(start), List.copyOf(entries));
  }

  private static void refuseTag(Event event, Optional<?> tag) {
    if (tag.isPresent()) {
      throw new Unsupported(event, "uses a tag (!), which has no meaning here");
    }
  }

  private static int line(Event event) {
    return event.getStartMark().map(Mark::getLine).orElse(-1) + 1;
  }

  /** Unwinds the descent; never leaves this class. */
  private static final class Unsupported extends RuntimeException {

    private final int line;
    private final String why;

    Unsupported(Event event, String why) {
      super(why, null, false, false);
      this.line = YamlFile.line(event);
      this.why = why;
    }
  }
}
