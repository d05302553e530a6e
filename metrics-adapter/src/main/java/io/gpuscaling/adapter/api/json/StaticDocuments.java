package io.gpuscaling.adapter.api.json;

import io.gpuscaling.adapter.api.ApiVersion;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/** OpenAPI documents and the version of the program: the same from start to stop. Immutable. */
public final class StaticDocuments {

  private final Answer openApiV2;
  private final Answer openApiV3Index;
  private final Map<ApiVersion, Answer> openApiV3 = new EnumMap<>(ApiVersion.class);
  private final Answer version;

  private StaticDocuments(String programVersion, Collection<ApiVersion> served) {
    openApiV2 =
        document(json -> {
          json.writeStringProperty("swagger", "2.0");
          infoAndNoPaths(json, programVersion);
        });
    for (ApiVersion api : served) {
      openApiV3.put(
          api,
          document(json -> {
            json.writeStringProperty("openapi", "3.0.0");
            infoAndNoPaths(json, programVersion);
          }));
    }
    openApiV3Index = document(this::index);
    version = document(json -> version(json, programVersion));
  }

  /**
   * Builds the documents.
   *
   * @param programVersion for people, {@code 1.2.3}
   */
  public static StaticDocuments of(String programVersion) {
    return of(programVersion, List.of(ApiVersion.values()));
  }

  /**
   * Builds the documents.
   *
   * @param programVersion for people, {@code 1.2.3}
   * @param served which versions are served
   */
  public static StaticDocuments of(String programVersion, Collection<ApiVersion> served) {
    return new StaticDocuments(programVersion, served);
  }

  /** {@code /openapi/v2}. */
  public Answer openApiV2() {
    return openApiV2;
  }

  /** {@code /openapi/v3}. */
  public Answer openApiV3Index() {
    return openApiV3Index;
  }

  /** {@code /openapi/v3/apis/GROUP/VERSION}. */
  public Answer openApiV3(ApiVersion api) {
    Answer answer = openApiV3.get(api);
    if (answer == null) {
      throw new IllegalArgumentException(api.groupVersion());
    }
    return answer;
  }

  /** {@code /version}. */
  public Answer version() {
    return version;
  }

  private void index(JsonGenerator json) {
    json.writeObjectPropertyStart("paths");
    openApiV3.forEach((api, answer) -> {
      String path = "apis/" + api.groupVersion();
      String hash = answer.etag().replace("\"", "");
      json.writeObjectPropertyStart(path);
      json.writeStringProperty("serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash);
      json.writeEndObject();
    });
    json.writeEndObject();
  }

  private static void infoAndNoPaths(JsonGenerator json, String programVersion) {
    json.writeObjectPropertyStart("info");
    json.writeStringProperty("title", "gpuscaling metrics adapter");
    json.writeStringProperty("version", programVersion);
    json.writeEndObject();
    json.writeObjectPropertyStart("paths");
    json.writeEndObject();
  }

  private static void version(JsonGenerator json, String programVersion) {
    String[] parts = programVersion.split("[.-]", -1);
    json.writeStringProperty("major", parts[0]);
    json.writeStringProperty("minor", parts.length > 1 ? parts[1] : "");
    json.writeStringProperty("gitVersion", "v" + programVersion);
    json.writeStringProperty("gitCommit", "");
    json.writeStringProperty("gitTreeState", "");
    json.writeStringProperty("buildDate", "");
    json.writeStringProperty("goVersion", "");
    json.writeStringProperty("compiler", "java");
    json.writeStringProperty("platform", "");
  }

  private static Answer document(Consumer<JsonGenerator> fields) {
    return Answer.document(
        Answer.JSON,
        JsonBody.write(
            false,
            json -> {
              json.writeStartObject();
              fields.accept(json);
              json.writeEndObject();
            }));
  }
}
