package io.gpuscaling.proto.v1;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rules of {@code ingest.proto}'s header, as far as descriptors can tell: what was published
 * once stays as it was; more may be added. Pure.
 */
final class CompatibilityRules {

  private final List<String> violations = new ArrayList<>();

  private CompatibilityRules() {}

  /** One sentence for each break between what was published and what is now. */
  static List<String> violations(FileDescriptorSet published, FileDescriptorSet now) {
    var rules = new CompatibilityRules();
    Map<String, FileDescriptorProto> files =
        byName(now.getFileList(), FileDescriptorProto::getName);
    for (FileDescriptorProto before : published.getFileList()) {
      FileDescriptorProto after = files.get(before.getName());
      if (after == null) {
        rules.add(before.getName() + " is gone");
      } else {
        rules.file(before, after);
      }
    }
    now.getFileList().forEach(rules::zeroes);
    return List.copyOf(rules.violations);
  }

  private void add(String violation) {
    violations.add(violation);
  }

  private void file(FileDescriptorProto before, FileDescriptorProto after) {
    same(before.getName(), "package", before.getPackage(), after.getPackage());
    same(before.getName(), "syntax", before.getSyntax(), after.getSyntax());
    messages("", before.getMessageTypeList(), after.getMessageTypeList());
    enums("", before.getEnumTypeList(), after.getEnumTypeList());
    Map<String, ServiceDescriptorProto> services =
        byName(after.getServiceList(), ServiceDescriptorProto::getName);
    for (ServiceDescriptorProto service : before.getServiceList()) {
      service(service, services.get(service.getName()));
    }
  }

  private void messages(
      String scope, List<DescriptorProto> published, List<DescriptorProto> present) {
    Map<String, DescriptorProto> messages = byName(present, DescriptorProto::getName);
    for (DescriptorProto before : published) {
      String name = scope + before.getName();
      DescriptorProto after = messages.get(before.getName());
      if (after == null) {
        add("message " + name + " is gone");
        continue;
      }
      fields(name, before, after);
      messages(name + ".", before.getNestedTypeList(), after.getNestedTypeList());
      enums(name + ".", before.getEnumTypeList(), after.getEnumTypeList());
      reserved(name, before, after);
    }
  }

  /** Rule 1. */
  private void fields(String message, DescriptorProto before, DescriptorProto after) {
    Map<Integer, FieldDescriptorProto> byNumber = new TreeMap<>();
    after.getFieldList().forEach(field -> byNumber.put(field.getNumber(), field));
    for (FieldDescriptorProto field : before.getFieldList()) {
      String name = message + "." + field.getName();
      FieldDescriptorProto now = byNumber.get(field.getNumber());
      if (now == null) {
        if (!isReserved(after, field.getNumber())
            || !after.getReservedNameList().contains(field.getName())) {
          add(name + " = " + field.getNumber() + " is gone and not reserved by number and name");
        }
        continue;
      }
      same(name, "name", field.getName(), now.getName());
      same(name, "type", field.getType() + field.getTypeName(), now.getType() + now.getTypeName());
      same(name, "cardinality", field.getLabel(), now.getLabel());
      same(name, "presence", field.getProto3Optional(), now.getProto3Optional());
      same(name, "oneof", oneof(before, field), oneof(after, now));
    }
  }

  private static String oneof(DescriptorProto message, FieldDescriptorProto field) {
    return field.hasOneofIndex()
        ? message.getOneofDecl(field.getOneofIndex()).getName()
        : OneofDescriptorProto.getDefaultInstance().getName();
  }

  /** What was reserved once is never used again. */
  private void reserved(String name, DescriptorProto before, DescriptorProto after) {
    for (DescriptorProto.ReservedRange range : before.getReservedRangeList()) {
      for (int number = range.getStart(); number < range.getEnd(); number++) {
        if (!isReserved(after, number)) {
          add(name + ": number " + number + " is no longer reserved");
        }
      }
    }
    for (String field : before.getReservedNameList()) {
      if (!after.getReservedNameList().contains(field)) {
        add(name + ": name " + field + " is no longer reserved");
      }
    }
  }

  private static boolean isReserved(DescriptorProto message, int number) {
    return message.getReservedRangeList().stream()
        .anyMatch(range -> range.getStart() <= number && number < range.getEnd());
  }

  /** Rule 3, what was there. */
  private void enums(
      String scope, List<EnumDescriptorProto> published, List<EnumDescriptorProto> present) {
    Map<String, EnumDescriptorProto> enums = byName(present, EnumDescriptorProto::getName);
    for (EnumDescriptorProto before : published) {
      String name = scope + before.getName();
      EnumDescriptorProto after = enums.get(before.getName());
      if (after == null) {
        add("enum " + name + " is gone");
        continue;
      }
      Map<String, EnumValueDescriptorProto> values =
          byName(after.getValueList(), EnumValueDescriptorProto::getName);
      for (EnumValueDescriptorProto value : before.getValueList()) {
        EnumValueDescriptorProto now = values.get(value.getName());
        if (now == null) {
          add(name + "." + value.getName() + " is gone");
        } else {
          same(name + "." + value.getName(), "number", value.getNumber(), now.getNumber());
        }
      }
    }
  }

  /** Rule 3, for new enums too: 0 is UNSPECIFIED. */
  private void zeroes(FileDescriptorProto file) {
    file.getEnumTypeList().forEach(this::zero);
    file.getMessageTypeList().forEach(this::zeroes);
  }

  private void zeroes(DescriptorProto message) {
    message.getEnumTypeList().forEach(this::zero);
    message.getNestedTypeList().forEach(this::zeroes);
  }

  private void zero(EnumDescriptorProto type) {
    boolean good =
        type.getValueList().stream()
            .filter(value -> value.getNumber() == 0)
            .allMatch(value -> value.getName().endsWith("_UNSPECIFIED"));
    if (!good) {
      add("enum " + type.getName() + ": 0 is not UNSPECIFIED");
    }
  }

  /** Rule 4. */
  private void service(ServiceDescriptorProto before, @Nullable ServiceDescriptorProto after) {
    if (after == null) {
      add("service " + before.getName() + " is gone");
      return;
    }
    Map<String, MethodDescriptorProto> methods =
        byName(after.getMethodList(), MethodDescriptorProto::getName);
    for (MethodDescriptorProto method : before.getMethodList()) {
      String name = before.getName() + "." + method.getName();
      MethodDescriptorProto now = methods.get(method.getName());
      if (now == null) {
        add(name + " is gone");
        continue;
      }
      same(name, "request", method.getInputType(), now.getInputType());
      same(name, "response", method.getOutputType(), now.getOutputType());
      same(name, "client streaming", method.getClientStreaming(), now.getClientStreaming());
      same(name, "server streaming", method.getServerStreaming(), now.getServerStreaming());
    }
  }

  private void same(String where, String what, Object before, Object after) {
    if (!before.equals(after)) {
      add(where + ": " + what + " was " + before + " and is " + after);
    }
  }

  private static <T> Map<String, T> byName(List<T> all, Function<T, String> name) {
    Map<String, T> map = new TreeMap<>();
    all.forEach(each -> map.put(name.apply(each), each));
    return map;
  }
}
