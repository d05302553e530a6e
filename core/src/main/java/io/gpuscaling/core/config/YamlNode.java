package io.gpuscaling.core.config;

import java.util.List;

/** A part of a YAML file. Lines count from 1. */
sealed interface YamlNode {

  /** Line where it begins. */
  int line();

  /** What it is, for messages. */
  String kind();

  /** A text as written; {@code isEmpty} when nothing was written, or {@code null} or {@code ~}. */
  record Text(int line, String text, boolean isEmpty) implements YamlNode {
    @Override
    public String kind() {
      return isEmpty ? "nothing" : "a single value";
    }
  }

  /** A list. */
  record Items(int line, List<YamlNode> items) implements YamlNode {
    @Override
    public String kind() {
      return "a list";
    }
  }

  /** A map, in the order of the file; keys may repeat. */
  record Entries(int line, List<Entry> entries) implements YamlNode {
    @Override
    public String kind() {
      return "a map";
    }
  }

  /** One key of a map with its value. */
  record Entry(int line, String key, YamlNode value) {}
}
