package io.gpuscaling.cli;

import io.gpuscaling.cli.doctor.Diagnosis;
import io.gpuscaling.cli.doctor.Finding;
import io.gpuscaling.cli.doctor.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** What the doctor says, for people and for programs. */
final class DoctorOutput {

  /** No line of the table is longer, but for words that are. */
  static final int COLUMNS = 80;

  private static final int MARGIN = 29;
  private static final String FORM = "%-9s%-20s%s\n";

  private DoctorOutput() {}

  static String table(Diagnosis diagnosis) {
    var text = new StringBuilder();
    text.append(FORM.formatted("VERDICT", "CHECK", "REASON, AND WHAT TO DO"));
    for (Finding finding : diagnosis.findings()) {
      List<String> lines = wrap(finding.reason());
      text.append(FORM.formatted(finding.verdict().word(), finding.check().id(), lines.getFirst()));
      lines.stream().skip(1).forEach(it -> text.append(" ".repeat(MARGIN)).append(it).append('\n'));
      if (!finding.fix().isEmpty()) {
        wrap("-> " + finding.fix())
            .forEach(it -> text.append(" ".repeat(MARGIN)).append(it).append('\n'));
      }
    }
    return text.append(sum(diagnosis)).append('\n').toString();
  }

  private static String sum(Diagnosis diagnosis) {
    return diagnosis.count(Verdict.FAULT)
        + " faults, "
        + diagnosis.count(Verdict.UNKNOWN)
        + " unknown, "
        + diagnosis.count(Verdict.WARNING)
        + " warnings, "
        + diagnosis.count(Verdict.OK)
        + " ok";
  }

  private static List<String> wrap(String sentence) {
    int width = COLUMNS - MARGIN;
    List<String> lines = new ArrayList<>();
    var line = new StringBuilder();
    for (String word : sentence.strip().split("\\s+", -1)) {
      String rest = word;
      if (!line.isEmpty() && line.length() + 1 + rest.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      while (rest.length() > width) {
        lines.add(rest.substring(0, width));
        rest = rest.substring(width);
      }
      line.append(line.isEmpty() ? "" : " ").append(rest);
    }
    lines.add(line.toString());
    return lines;
  }

  static String json(Diagnosis diagnosis) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("verdict", diagnosis.worst().word());
    List<Object> findings = new ArrayList<>();
    for (Finding finding : diagnosis.findings()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("check", finding.check().id());
      row.put("verdict", finding.verdict().word());
      row.put("reason", finding.reason());
      row.put("fix", finding.fix());
      findings.add(row);
    }
    tree.put("findings", findings);
    return JsonMapper.builder().build().writeValueAsString(tree);
  }
}
