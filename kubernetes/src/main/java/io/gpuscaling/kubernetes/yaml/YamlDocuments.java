package io.gpuscaling.kubernetes.yaml;

import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/** Reads and writes objects as YAML. */
public final class YamlDocuments {

  /** So many objects in one text at most. */
  private static final int MAX_DOCUMENTS = 1000;

  private static final int MAX_ALIASES = 50;
  private static final int MAX_CHARS = 3 << 20;
  private static final int LINE_CHARS = 120;

  /**
   * Kubernetes reads YAML 1.1, in which these words are truth values: as texts they want quotes.
   */
  private static final Pattern OLD_TRUTHS = Pattern.compile("(?i)y|yes|n|no|on|off|true|false");

  private YamlDocuments() {}

  /** The documents of a text, each a map; empty documents are left out. */
  public static Read<List<Map<String, Object>>> read(String text) {
    var settings =
        LoadSettings.builder()
            .setAllowDuplicateKeys(false)
            .setMaxAliasesForCollections(MAX_ALIASES)
            .setCodePointLimit(MAX_CHARS)
            .build();
    List<Map<String, Object>> documents = new ArrayList<>();
    try {
      for (Object document :
          new Load(settings)
              .loadAllFromString(text.startsWith("\uFEFF") ? text.substring(1) : text)) {
        if (document == null) {
          continue;
        }
        if (!(document instanceof Map<?, ?> map) || documents.size() >= MAX_DOCUMENTS) {
          return refused("document " + (documents.size() + 1), "is no Kubernetes object");
        }
        Map<String, Object> object = new LinkedHashMap<>();
        map.forEach((key, value) -> object.put(String.valueOf(key), value));
        documents.add(object);
      }
    } catch (MarkedYamlEngineException e) {
      String line =
          e.getProblemMark()
              .map(mark -> "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
              .orElse("text");
      return refused(line, "is not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      return refused("text", "is not YAML: " + e.getMessage());
    }
    return new Read.Valid<>(List.copyOf(documents));
  }

  private static Read<List<Map<String, Object>>> refused(String where, String why) {
    return new Read.Invalid<>(List.of(Problem.of(where, why)));
  }

  /** An object as a document that ends with a new line. Keys stay in their order. */
  public static String write(Map<String, ?> object) {
    var settings =
        DumpSettings.builder()
            .setSchema(new QuotingSchema())
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setWidth(LINE_CHARS)
            .setIndicatorIndent(2)
            .setIndent(2)
            .setIndentWithIndicator(true)
            .setDereferenceAliases(true)
            .build();
    return new Dump(settings).dumpToString(object);
  }

  private static final class QuotingSchema extends JsonSchema {
    @Override
    public ScalarResolver getScalarResolver() {
      ScalarResolver current = super.getScalarResolver();
      return (value, isImplicit) ->
          isImplicit && OLD_TRUTHS.matcher(value).matches()
              ? Tag.BOOL
              : current.resolve(value, isImplicit);
    }
  }
}
