package io.gpuscaling.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A key whose value is one text, or a list of them: also a flag and an environment variable. {@code
 * a.bC} is {@code --a-b-c} and {@code GPUSCALING_A_B_C}. Immutable.
 *
 * @param <T> what {@link Configuration#get} answers: the value, an {@link Optional} of it, or a
 *     list
 */
public final class ScalarKey<T> implements ConfigKey<T> {

  /** Prefix of every environment variable. */
  public static final String VARIABLE_PREFIX = "GPUSCALING_";

  /** Most values of a list key. */
  public static final int MAX_LIST_VALUES = 1000;

  private final Declaration declaration;
  private final Form<T> form;

  /** What is the same for every type of value. */
  private record Declaration(
      String name, String description, ScalarType<?> type, String flag, boolean secret) {}

  /** How the texts become what the program gets. */
  private record Form<T>(
      boolean repeatable,
      Absent<T> absent,
      Function<List<String>, Parsed<T>> parser,
      Function<T, String> printer) {}

  /** What holds when nobody set the key. */
  private record Absent<T>(@Nullable T value, String shown) {}

  private ScalarKey(Declaration declaration, Form<T> form) {
    if (!NAME.matcher(declaration.name).matches()) {
      throw new IllegalArgumentException("not a key name: " + declaration.name);
    }
    this.declaration = declaration;
    this.form = form;
  }

  private static <V, T> ScalarKey<T> of(
      String name, ScalarType<V> type, String description, Form<T> form) {
    String flag = "--" + words(name, '-').toLowerCase(Locale.ROOT);
    return new ScalarKey<>(new Declaration(name, description, type, flag, false), form);
  }

  /** A key that always has a value. */
  public static <V> ScalarKey<V> withDefault(
      String name, ScalarType<V> type, V defaultValue, String description) {
    var absent = new Absent<V>(defaultValue, type.printer().apply(defaultValue));
    return of(name, type, description, new Form<>(false, absent, single(type), type.printer()));
  }

  /** A key that must be set. */
  public static <V> ScalarKey<V> required(String name, ScalarType<V> type, String description) {
    var absent = new Absent<V>(null, "must be set");
    return of(name, type, description, new Form<>(false, absent, single(type), type.printer()));
  }

  /** A key that may be left out. */
  public static <V> ScalarKey<Optional<V>> optional(
      String name, ScalarType<V> type, String description) {
    var absent = new Absent<Optional<V>>(Optional.empty(), "none");
    Function<List<String>, Parsed<Optional<V>>> parser =
        texts -> single(type).apply(texts).then(value -> Parsed.value(Optional.of(value)));
    Function<Optional<V>, String> printer = value -> value.map(type.printer()).orElse("none");
    return of(name, type, description, new Form<>(false, absent, parser, printer));
  }

  /**
   * A key with any number of values, in the order given: a repeatable flag, a variable with commas
   * between the values, a YAML list. An empty variable is an empty list.
   */
  public static <V> ScalarKey<List<V>> list(String name, ScalarType<V> type, String description) {
    var absent = new Absent<List<V>>(List.of(), "none");
    Function<List<V>, String> printer =
        values ->
            values.isEmpty()
                ? "none"
                : values.stream().map(type.printer()).collect(Collectors.joining(", "));
    return of(name, type, description, new Form<>(true, absent, all(type), printer));
  }

  private static <V> Function<List<String>, Parsed<V>> single(ScalarType<V> type) {
    return texts ->
        texts.size() == 1
            ? type.parser().apply(texts.getFirst())
            : Parsed.refused("is given " + texts.size() + " times");
  }

  private static <V> Function<List<String>, Parsed<List<V>>> all(ScalarType<V> type) {
    return texts -> {
      if (texts.size() > MAX_LIST_VALUES) {
        return Parsed.refused("has more than " + MAX_LIST_VALUES + " values");
      }
      var values = new ArrayList<V>();
      for (String text : texts) {
        switch (type.parser().apply(text)) {
          case Parsed.Value<V>(V value) -> values.add(value);
          case Parsed.Refused<V>(String why) -> {
            return Parsed.refused(
                texts.size() == 1 ? why : why + " (value " + (values.size() + 1) + ")");
          }
        }
      }
      return Parsed.value(List.copyOf(values));
    };
  }

  /**
   * The same key with another flag.
   *
   * @param flag with its two hyphens
   */
  public ScalarKey<T> flag(String flag) {
    if (!flag.matches("--[a-z][a-z0-9]*(-[a-z0-9]+)*")) {
      throw new IllegalArgumentException("not a flag: " + flag);
    }
    Declaration d = declaration;
    return new ScalarKey<>(new Declaration(d.name, d.description, d.type, flag, d.secret), form);
  }

  /** The same key, its values never shown. For what cannot be read from a file of its own. */
  public ScalarKey<T> secret() {
    Declaration d = declaration;
    return new ScalarKey<>(new Declaration(d.name, d.description, d.type, d.flag, true), form);
  }

  @Override
  public String name() {
    return declaration.name;
  }

  @Override
  public String description() {
    return declaration.description;
  }

  /** Its flag, with hyphens. */
  public String flag() {
    return declaration.flag;
  }

  /** Its environment variable. */
  public String variable() {
    return VARIABLE_PREFIX + words(declaration.name, '_').toUpperCase(Locale.ROOT);
  }

  /** Stands for the value in usage text. */
  public String placeholder() {
    return declaration.type.placeholder();
  }

  /** What its value may be. */
  public String allowed() {
    return declaration.type.allowed();
  }

  /** Whether its values are never shown. */
  public boolean isSecret() {
    return declaration.secret;
  }

  /** Whether it takes any number of values. */
  public boolean isRepeatable() {
    return form.repeatable;
  }

  /** Whether the flag may stand alone. */
  boolean isSwitch() {
    return declaration.type.placeholder().equals(ScalarType.SWITCH_PLACEHOLDER);
  }

  /** The default for people: a value, {@code none}, or {@code must be set}. */
  public String defaultText() {
    return form.absent.shown;
  }

  /** What holds when it is not set; empty when it must be. */
  Optional<T> absentValue() {
    return Optional.ofNullable(form.absent.value);
  }

  Parsed<T> parse(List<String> texts) {
    return form.parser.apply(texts);
  }

  /** Makes texts showable that {@link #parse} may have refused. */
  String mask(List<String> texts) {
    return isSecret()
        ? SecretUri.MASK
        : texts.stream().map(declaration.type.mask()).collect(Collectors.joining(", "));
  }

  @Override
  public String print(T value) {
    return isSecret() && !value.equals(form.absent.value)
        ? SecretUri.MASK
        : form.printer.apply(value);
  }

  @Override
  public String toString() {
    return name();
  }

  private static String words(String name, char separator) {
    return name.replace('.', separator).replaceAll("(?<=[a-z0-9])(?=[A-Z])", "" + separator);
  }
}
