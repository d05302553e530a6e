package io.gpuscaling.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A place in the configuration file, for the reader of a {@link StructuredKey}. Whatever is not as
 * asked for is reported with its path and line; the answer is empty then. Used by one thread.
 */
public final class ConfigNode {

  private final String path;
  private final YamlNode yaml;
  private final Function<Integer, ValueOrigin> origins;
  private final Consumer<ConfigProblem> problems;

  ConfigNode(
      String path,
      YamlNode yaml,
      Function<Integer, ValueOrigin> origins,
      Consumer<ConfigProblem> problems) {
    this.path = path;
    this.yaml = yaml;
    this.origins = origins;
    this.problems = problems;
  }

  /** Its place: {@code grants[2].queue}. */
  public String path() {
    return path;
  }

  /** Reports a fault of this node. */
  public void problem(String message) {
    problems.accept(ConfigProblem.of(path, origins.apply(yaml.line()), message));
  }

  /** The parts of a list, in order; none, and a problem, when it is no list. */
  public List<ConfigNode> items() {
    if (!(yaml instanceof YamlNode.Items(_, List<YamlNode> items))) {
      problem("must be a list, is " + yaml.kind());
      return List.of();
    }
    var nodes = new ArrayList<ConfigNode>();
    for (YamlNode item : items) {
      nodes.add(node(path + "[" + nodes.size() + "]", item));
    }
    return List.copyOf(nodes);
  }

  /**
   * The entries of a map with free keys, in the order of the file; none, and a problem, when it is
   * no map. A key given twice is a problem.
   */
  public Map<String, ConfigNode> entries() {
    if (!(yaml instanceof YamlNode.Entries(_, List<YamlNode.Entry> entries))) {
      problem("must be a map, is " + yaml.kind());
      return Map.of();
    }
    var nodes = new LinkedHashMap<String, ConfigNode>();
    for (YamlNode.Entry entry : entries) {
      String place = path.isEmpty() ? entry.key() : path + "." + entry.key();
      if (nodes.putIfAbsent(entry.key(), node(place, entry.value())) != null) {
        problems.accept(
            ConfigProblem.of(place, origins.apply(entry.line()), "is given a second time"));
      }
    }
    return nodes;
  }

  /** The entries of a map that may have these keys only; others are problems. */
  public Map<String, ConfigNode> entries(Set<String> allowed) {
    Map<String, ConfigNode> all = entries();
    var known = new LinkedHashMap<String, ConfigNode>();
    all.forEach((key, node) -> {
      if (allowed.contains(key)) {
        known.put(key, node);
      } else {
        node.problem("is not a known key" + NearestName.hint(key, allowed));
      }
    });
    return known;
  }

  /** The value of a single text; empty, and a problem, when it is something else. */
  public <V> Optional<V> value(ScalarType<V> type) {
    if (!(yaml instanceof YamlNode.Text(_, String text, boolean isEmpty)) || isEmpty) {
      problem("must be a single value, is " + yaml.kind() + "; allowed: " + type.allowed());
      return Optional.empty();
    }
    return switch (type.parser().apply(text)) {
      case Parsed.Value<V>(V value) -> Optional.of(value);
      case Parsed.Refused<V>(String why) -> {
        problems.accept(
            new ConfigProblem(
                path,
                origins.apply(yaml.line()),
                type.mask().apply(text),
                why + "; allowed: " + type.allowed()));
        yield Optional.empty();
      }
    };
  }

  /** The value under a key of a map that was read; empty, and a problem, when it is not there. */
  public <V> Optional<V> required(Map<String, ConfigNode> entries, String key, ScalarType<V> type) {
    if (!entries.containsKey(key)) {
      problem("lacks " + key + " (" + type.allowed() + ")");
    }
    return optional(entries, key, type);
  }

  /** The value under a key of a map that was read; empty when it is not there. */
  public <V> Optional<V> optional(Map<String, ConfigNode> entries, String key, ScalarType<V> type) {
    return Optional.ofNullable(entries.get(key)).flatMap(node -> node.value(type));
  }

  /** The single text, or the list of them, of a scalar key; empty, and a problem, otherwise. */
  Optional<List<String>> texts(ScalarKey<?> key) {
    return switch (yaml) {
      case YamlNode.Text(_, String text, boolean isEmpty) when !isEmpty && !key.isRepeatable() ->
          Optional.of(List.of(text));
      case YamlNode.Items(_, List<YamlNode> items)
          when key.isRepeatable() && items.stream().allMatch(ConfigNode::isFilledText) ->
          Optional.of(items.stream().map(item -> ((YamlNode.Text) item).text()).toList());
      case YamlNode.Text _, YamlNode.Items _, YamlNode.Entries _ -> {
        String wanted = key.isRepeatable() ? "a list of single values" : "a single value";
        problem("must be " + wanted + ", is " + yaml.kind() + "; allowed: " + key.allowed());
        yield Optional.empty();
      }
    };
  }

  private static boolean isFilledText(YamlNode node) {
    return node instanceof YamlNode.Text text && !text.isEmpty();
  }

  /** Whether nothing was written there, as when all keys below are comments. */
  boolean isEmpty() {
    return yaml instanceof YamlNode.Text(_, _, boolean isEmpty) && isEmpty;
  }

  ValueOrigin origin() {
    return origins.apply(yaml.line());
  }

  private ConfigNode node(String place, YamlNode part) {
    return new ConfigNode(place, part, origins, problems);
  }
}
