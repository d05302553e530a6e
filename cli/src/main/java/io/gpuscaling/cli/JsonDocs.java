package io.gpuscaling.cli;

import io.gpuscaling.cli.render.Doc;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

/** Reads JSON, one object after the other, as several answers of kubectl make it. */
final class JsonDocs {

  private JsonDocs() {}

  static Read<List<Doc>> read(String text) {
    List<Doc> docs = new ArrayList<>();
    try (MappingIterator<JsonNode> nodes =
        JsonMapper.builder().build().readerFor(JsonNode.class).readValues(text)) {
      while (nodes.hasNext()) {
        docs.add(new Doc(nodes.next()));
      }
    } catch (JacksonException e) {
      return new Read.Invalid<>(
          List.of(Problem.of("text", "is not JSON: " + e.getOriginalMessage())));
    }
    return new Read.Valid<>(docs);
  }
}
