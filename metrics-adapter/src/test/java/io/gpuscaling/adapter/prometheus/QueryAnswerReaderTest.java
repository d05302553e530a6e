package io.gpuscaling.adapter.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.prometheus.QueryAnswer.Failed;
import io.gpuscaling.adapter.prometheus.QueryAnswer.Found;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QueryAnswerReaderTest {

  private static final QueryAnswerReader READER = new QueryAnswerReader();

  private static QueryAnswer read(int status, String body) {
    return READER.read(status, body.getBytes(StandardCharsets.UTF_8));
  }

  private static QueryAnswer vector(String series) {
    return read(
        200,
        "{'status':'success','data':{'resultType':'vector','result':[%s]}}"
            .formatted(series)
            .replace('\'', '"'));
  }

  private static QueryFailure failure(QueryAnswer answer) {
    return ((Failed) answer).failure();
  }

  @Test
  void vectorOfOne_isItsNumberAtItsTime() {
    assertThat(vector("{'metric':{'job':'api'},'value':[1795624047.539,'0.4875']}"))
        .isEqualTo(new Found(0.4875, Instant.parse("2026-11-25T16:27:27.539Z")));
  }

  @Test
  void scalar_isItsNumber() {
    assertThat(
            read(
                200,
                "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[60,\"1e+06\"]}}"))
        .isEqualTo(new Found(1_000_000, Instant.ofEpochSecond(60)));
  }

  @Test
  void infosAndNoWarnings_areNoReasonToDoubt() {
    assertThat(
            read(
                200,
                "{\"status\":\"success\",\"warnings\":[],\"infos\":[\"might not be a counter\"],"
                    + "\"data\":{\"resultType\":\"scalar\",\"result\":[60,\"-0.5\"]}}"))
        .isEqualTo(new Found(-0.5, Instant.ofEpochSecond(60)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'';EMPTY",
        "{'metric':{},'value':[1,'1']},{'metric':{'a':'b'},'value':[1,'2']};SEVERAL",
        "{'metric':{},'value':[1,'NaN']};NOT_FINITE",
        "{'metric':{},'value':[1,'+Inf']};NOT_FINITE",
        "{'metric':{},'value':[1,'-Inf']};NOT_FINITE",
        "{'metric':{},'histogram':[1,{'count':'1'}]};NO_NUMBER",
        "{'metric':{},'value':[1,'0x10']};MALFORMED",
        "{'metric':{},'value':[1,'1d']};MALFORMED",
        "{'metric':{},'value':[1,'1e999']};MALFORMED",
        "{'metric':{},'value':[1,'']};MALFORMED",
        "{'metric':{},'value':[1,7]};MALFORMED",
        "{'metric':{},'value':['1','7']};MALFORMED",
        "{'metric':{},'value':[-1,'7']};MALFORMED",
        "{'metric':{},'value':[1e300,'7']};MALFORMED",
        "{'metric':{},'value':[1]};MALFORMED",
        "{'metric':{},'value':{'a':1,'b':2}};MALFORMED",
        "{'metric':{},'value':null};MALFORMED",
      },
      quoteCharacter = '|')
  void vectorThatIsNoNumber_isNone(String series, QueryFailure expected) {
    String text = series.equals("''") ? "" : series;
    assertThat(failure(vector(text))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"matrix", "string"})
  void otherResults_areNoNumber(String type) {
    assertThat(
            failure(
                read(
                    200,
                    "{\"status\":\"success\",\"data\":{\"resultType\":\"%s\",\"result\":[1,\"7\"]}}"
                        .formatted(type))))
        .isEqualTo(QueryFailure.NO_NUMBER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no json",
        "[]",
        "7",
        "{}",
        "{\"status\":\"success\"}",
        "{\"status\":\"success\",\"data\":7}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":7}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"other\",\"result\":[]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"7\"]}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
      })
  void whatIsNotOfTheApi_isMalformed(String body) {
    assertThat(failure(read(200, body))).isEqualTo(QueryFailure.MALFORMED);
  }

  @Test
  void warnings_areNoNumber_andStayInTheLog() {
    Failed failed =
        (Failed)
            read(
                200,
                "{\"status\":\"success\",\"warnings\":[\"store 10.0.0.7\\n is away\"],"
                    + "\"data\":{\"resultType\":\"scalar\",\"result\":[60,\"1\"]}}");

    assertThat(failed.failure()).isEqualTo(QueryFailure.WARNING);
    assertThat(failed.sentence()).doesNotContain("10.0.0.7");
    assertThat(failed.detail()).contains("store 10.0.0.7").doesNotContain("\n");
  }

  @Test
  void warningsOfAnotherKind_areWarnings() {
    assertThat(
            failure(
                read(
                    200,
                    "{\"status\":\"success\",\"warnings\":\"partial\","
                        + "\"data\":{\"resultType\":\"scalar\",\"result\":[60,\"1\"]}}")))
        .isEqualTo(QueryFailure.WARNING);
  }

  @Test
  void errorOfPrometheus_keepsItsTextInTheLog() {
    Failed failed =
        (Failed)
            read(
                400,
                "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"%s\"}"
                    .formatted("parse error in secret_metric".repeat(100)));

    assertThat(failed.failure()).isEqualTo(QueryFailure.QUERY);
    assertThat(failed.sentence()).doesNotContain("secret_metric");
    assertThat(failed.detail()).startsWith("bad_data: parse error").hasSizeLessThan(600);
  }

  @ParameterizedTest
  @CsvSource({"401,REFUSED", "403,REFUSED", "500,STATUS", "302,STATUS", "204,STATUS"})
  void status_withoutWords_isSaid(int status, QueryFailure expected) {
    assertThat(failure(read(status, "<html>"))).isEqualTo(expected);
    assertThat(failure(read(status, "{}"))).isEqualTo(expected);
  }
}
