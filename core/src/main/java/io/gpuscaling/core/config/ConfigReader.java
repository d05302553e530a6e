package io.gpuscaling.core.config;

import io.gpuscaling.core.config.Configuration.Setting;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Brings flags, environment, file and defaults together. Every source is judged, also where a
 * stronger one overrides it: a fault in the file is a fault on every machine that has no flag.
 */
public final class ConfigReader {

  private final ConfigSchema schema;
  private final List<ConfigProblem> problems = new ArrayList<>();

  /** What the file says, by name of the key. */
  private final Map<String, ConfigNode> fileNodes = new HashMap<>();

  private ConfigReader(ConfigSchema schema) {
    this.schema = schema;
  }

  /**
   * Reads a configuration.
   *
   * @param arguments the command line, without a subcommand
   * @param environment all variables; those without our prefix do not matter
   */
  public static ConfigResult read(
      ConfigSchema schema, List<String> arguments, Map<String, String> environment) {
    return read(schema, new ArgumentParser(schema, List.of()).parse(arguments), environment);
  }

  static ConfigResult read(
      ConfigSchema schema, Arguments arguments, Map<String, String> environment) {
    return new ConfigReader(schema).read(arguments, environment);
  }

  private ConfigResult read(Arguments arguments, Map<String, String> environment) {
    problems.addAll(arguments.problems());
    reportUnknownVariables(environment);
    readFile(arguments, environment);
    var settings = new LinkedHashMap<ConfigKey<?>, Setting<?>>();
    for (ConfigKey<?> key : schema.keys()) {
      setting(key, arguments, environment).ifPresent(setting -> settings.put(key, setting));
    }
    for (Validation validation : schema.validations()) {
      if (settings.keySet().containsAll(validation.keys())) {
        var seen = new LinkedHashMap<>(settings);
        seen.keySet().retainAll(validation.keys());
        problems.addAll(validation.check().apply(new Configuration(seen)));
      }
    }
    return problems.isEmpty()
        ? new ConfigResult.Valid(new Configuration(settings))
        : new ConfigResult.Invalid(new ConfigProblems(problems));
  }

  private void reportUnknownVariables(Map<String, String> environment) {
    var known = new TreeSet<String>();
    schema.scalarKeys().forEach(key -> known.add(key.variable()));
    for (String name : new TreeSet<>(environment.keySet())) {
      if (!known.contains(name)
          && EnvironmentNames.isMeantForUs(name, environment.getOrDefault(name, ""))) {
        problems.add(
            ConfigProblem.of(
                name,
                new ValueOrigin.Variable(name),
                "is not a known variable" + NearestName.hint(name, known)));
      }
    }
  }

  private void readFile(Arguments arguments, Map<String, String> environment) {
    List<String> flag = arguments.texts(ArgumentParser.CONFIG_FLAG);
    String variable = environment.get(ConfigSchema.FILE_VARIABLE);
    if (flag.size() > 1) {
      problems.add(
          ConfigProblem.of(
              ArgumentParser.CONFIG_FLAG,
              new ValueOrigin.Flag(ArgumentParser.CONFIG_FLAG),
              "is given " + flag.size() + " times"));
    } else if (flag.size() == 1) {
      readFile(flag.getFirst(), new ValueOrigin.Flag(ArgumentParser.CONFIG_FLAG));
    } else if (variable != null) {
      readFile(variable, new ValueOrigin.Variable(ConfigSchema.FILE_VARIABLE));
    }
  }

  private void readFile(String name, ValueOrigin namedBy) {
    Path file;
    try {
      file = Path.of(name);
    } catch (InvalidPathException e) {
      problems.add(new ConfigProblem(ArgumentParser.CONFIG_FLAG, namedBy, name, "is not a path"));
      return;
    }
    switch (YamlFile.read(file)) {
      case YamlFile.Result.Refused(int line, String why) ->
          problems.add(
              ConfigProblem.of(
                  ArgumentParser.CONFIG_FLAG, new ValueOrigin.FileLine(name, line), why));
      case YamlFile.Result.Read(YamlNode root) -> {
        Function<Integer, ValueOrigin> origins = line -> new ValueOrigin.FileLine(name, line);
        collect(new ConfigNode("", root, origins, problems::add));
      }
    }
  }

  /** Finds the keys in a map of the file. */
  private void collect(ConfigNode map) {
    Collection<String> names = schema.keys().stream().map(ConfigKey::name).toList();
    map.entries()
        .forEach((word, node) -> {
          String name = node.path();
          if (word.contains(".")) {
            node.problem("is written with dots; nest its words, one in a line");
          } else if (names.contains(name)) {
            fileNodes.put(name, node);
          } else if (names.stream().noneMatch(known -> known.startsWith(name + "."))) {
            node.problem("is not a known key" + NearestName.hint(name, names));
          } else if (!node.isEmpty()) {
            collect(node);
          }
        });
  }

  private <T> Optional<Setting<T>> setting(
      ConfigKey<T> key, Arguments arguments, Map<String, String> environment) {
    return switch (key) {
      case ScalarKey<T> scalar -> scalarSetting(scalar, arguments, environment);
      case StructuredKey<T> structured -> structuredSetting(structured);
    };
  }

  private <T> Optional<Setting<T>> structuredSetting(StructuredKey<T> key) {
    ConfigNode node = fileNodes.get(key.name());
    if (node == null) {
      return Optional.of(new Setting<>(key, key.absentValue(), new ValueOrigin.NotSet()));
    }
    int before = problems.size();
    Optional<T> value = key.read(node);
    if (problems.size() > before) {
      return Optional.empty();
    }
    return Optional.of(
        new Setting<>(
            key,
            value.orElseThrow(
                () -> new IllegalStateException(key + " was refused without a problem")),
            node.origin()));
  }

  /** A value as somebody wrote it. */
  private record Given(List<String> texts, ValueOrigin origin) {}

  private <T> Optional<Setting<T>> scalarSetting(
      ScalarKey<T> key, Arguments arguments, Map<String, String> environment) {
    int before = problems.size();
    var settings = new ArrayList<Setting<T>>();
    for (Given given : strongestFirst(key, arguments, environment)) {
      switch (key.parse(given.texts)) {
        case Parsed.Value<T>(T value) -> settings.add(new Setting<>(key, value, given.origin));
        case Parsed.Refused<T>(String why) ->
            problems.add(
                new ConfigProblem(
                    key.name(),
                    given.origin,
                    key.mask(given.texts),
                    why + "; allowed: " + key.allowed()));
      }
    }
    if (problems.size() > before) {
      return Optional.empty();
    }
    if (!settings.isEmpty()) {
      return Optional.of(settings.getFirst());
    }
    Optional<T> absent = key.absentValue();
    if (absent.isEmpty()) {
      problems.add(
          ConfigProblem.of(
              key.name(),
              new ValueOrigin.NotSet(),
              "must be set, by "
                  + key.flag()
                  + ", "
                  + key.variable()
                  + " or the file; allowed: "
                  + key.allowed()));
    }
    return absent.map(value -> new Setting<>(key, value, new ValueOrigin.NotSet()));
  }

  private List<Given> strongestFirst(
      ScalarKey<?> key, Arguments arguments, Map<String, String> environment) {
    var all = new ArrayList<Given>();
    if (arguments.has(key.flag())) {
      all.add(new Given(arguments.texts(key.flag()), new ValueOrigin.Flag(key.flag())));
    }
    String variable = environment.get(key.variable());
    if (variable != null) {
      List<String> texts =
          !key.isRepeatable()
              ? List.of(variable)
              : variable.isEmpty() ? List.of() : List.of(variable.split(",", -1));
      all.add(new Given(texts, new ValueOrigin.Variable(key.variable())));
    }
    ConfigNode node = fileNodes.get(key.name());
    if (node != null) {
      node.texts(key).ifPresent(texts -> all.add(new Given(texts, node.origin())));
    }
    return all;
  }
}
