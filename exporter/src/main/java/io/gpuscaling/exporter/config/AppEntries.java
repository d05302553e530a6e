package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.ConfigNode;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.exporter.apps.AppEndpoint;
import io.gpuscaling.exporter.apps.AppNumber;
import io.gpuscaling.exporter.apps.AppPresets;
import io.gpuscaling.exporter.apps.AppPresets.Preset;
import io.gpuscaling.exporter.apps.AppSettings;
import io.gpuscaling.exporter.apps.AppUrl;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads {@code apps.endpoints}. Faults are reported to the nodes, all of them. */
final class AppEntries {

  private static final ScalarType<String> TEXT = ScalarType.text("TEXT");
  private static final ScalarType<Exactness> EXACTNESS = ScalarType.oneOf(Exactness.class);
  private static final String NAME_FORM = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
  private static final String METRIC = "metric";
  private static final String POINTER = "pointer";
  private static final Set<String> KEYS =
      Set.of("name", "namespace", "selector", "preset", "url", METRIC, POINTER, "exactness");

  private AppEntries() {}

  static Optional<List<AppEndpoint>> read(ConfigNode list) {
    List<ConfigNode> items = list.items();
    List<AppEndpoint> endpoints = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Map<String, Preset> presets = AppPresets.builtIn();
    boolean isSound = true;
    for (ConfigNode item : items) {
      Optional<AppEndpoint> endpoint = endpoint(item, presets);
      endpoint.ifPresent(endpoints::add);
      if (endpoint.isPresent() && !names.add(endpoint.get().name())) {
        item.problem("an application of this name is listed before: " + endpoint.get().name());
        isSound = false;
      }
    }
    if (items.size() > AppSettings.MAX_ENDPOINTS) {
      list.problem("has " + items.size() + " applications; allowed: " + AppSettings.MAX_ENDPOINTS);
      isSound = false;
    }
    return isSound && endpoints.size() == items.size()
        ? Optional.of(List.copyOf(endpoints))
        : Optional.empty();
  }

  private static Optional<AppEndpoint> endpoint(ConfigNode item, Map<String, Preset> presets) {
    Map<String, ConfigNode> entries = item.entries(KEYS);
    Optional<String> name =
        item.required(entries, "name", TEXT)
            .filter(it -> checked(item, it.matches(NAME_FORM), "name must be like " + NAME_FORM));
    Optional<String> selector = item.required(entries, "selector", TEXT);
    String namespace = item.optional(entries, "namespace", TEXT).orElse("");
    Optional<String> presetName = item.optional(entries, "preset", TEXT);
    @Nullable Preset preset = presetName.map(presets::get).orElse(null);
    boolean hasPreset = entries.containsKey("preset");
    boolean isPreset =
        checked(
            item,
            presetName.isEmpty() || preset != null,
            "preset must be one of " + String.join(", ", presets.keySet()));
    boolean hasNumber = entries.containsKey(METRIC) || entries.containsKey(POINTER);
    boolean isOneNumber =
        checked(
            item,
            !(entries.containsKey(METRIC) && entries.containsKey(POINTER)),
            "metric and pointer exclude each other");
    boolean isWhole =
        checked(
            item,
            hasPreset || (entries.containsKey("url") && hasNumber),
            "needs a preset, or a url and one of metric and pointer");
    Optional<AppUrl> url = value(entries, "url", AppUrl::new);
    Optional<AppNumber> number =
        value(entries, METRIC, AppNumber.Metric::new)
            .<AppNumber>map(it -> it)
            .or(() -> value(entries, POINTER, AppNumber.Pointer::parse));
    Optional<Exactness> exactness = item.optional(entries, "exactness", EXACTNESS);
    boolean isRead =
        isPreset
            && isOneNumber
            && isWhole
            && (url.isPresent() || !entries.containsKey("url"))
            && (number.isPresent() || !hasNumber)
            && (exactness.isPresent() || !entries.containsKey("exactness"));
    if (name.isEmpty() || selector.isEmpty() || !isRead) {
      return Optional.empty();
    }
    return Optional.of(
        new AppEndpoint(
            name.get(),
            namespace,
            selector.get(),
            url.orElseGet(() -> of(preset).url()),
            number.orElseGet(() -> of(preset).number()),
            exactness.orElseGet(() -> preset == null ? Exactness.EXACT : preset.exactness())));
  }

  private static Preset of(@Nullable Preset preset) {
    if (preset == null) {
      throw new IllegalStateException("checked before");
    }
    return preset;
  }

  private static boolean checked(ConfigNode item, boolean isSound, String problem) {
    if (!isSound) {
      item.problem(problem);
    }
    return isSound;
  }

  private static <V> Optional<V> value(
      Map<String, ConfigNode> entries, String key, Function<String, V> parser) {
    ConfigNode node = entries.get(key);
    if (node == null) {
      return Optional.empty();
    }
    return node.value(TEXT)
        .flatMap(text -> {
          try {
            return Optional.of(parser.apply(text));
          } catch (IllegalArgumentException e) {
            node.problem(String.valueOf(e.getMessage()));
            return Optional.empty();
          }
        });
  }
}
