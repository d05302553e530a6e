package io.gpuscaling.proto.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.TextFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares the contracts with those that were published; see {@code README.md}. */
final class CompatibilityTest {

  private static final Path BASELINE = Path.of("src/test/resources/baseline.txtpb");

  @Test
  void contracts_comparedWithTheBaseline_keepTheRules() throws IOException {
    assertThat(CompatibilityRules.violations(baseline(), present())).isEmpty();
  }

  /**
   * An addition is legal but must be on record: from then on it is held to the rules as well.
   * {@code -Dproto.baseline.write=true} puts it there, unless a rule is broken.
   */
  @Test
  void baseline_comparedWithTheContracts_isComplete() throws IOException {
    if (Boolean.getBoolean("proto.baseline.write")) {
      assertThat(CompatibilityRules.violations(baseline(), present())).isEmpty();
      Files.writeString(BASELINE, TextFormat.printer().printToString(present()));
    }
    assertThat(baseline())
        .describedAs("new parts are not in %s yet; see proto/README.md", BASELINE)
        .isEqualTo(present());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("breaks")
  void violations_eachRuleBroken_sayWhich(
      String expected, Consumer<FileDescriptorProto.Builder> change) {
    assertThat(CompatibilityRules.violations(present(), changed(change)))
        .anySatisfy(violation -> assertThat(violation).contains(expected));
  }

  static Stream<Arguments> breaks() {
    return Stream.of(
        broken("Hello.node = 2 is gone", field("Hello", 1, it -> it.setNumber(77))),
        broken("Hello.node: name was node", field("Hello", 1, it -> it.setName("node_name"))),
        broken(
            "Hello.node: type was TYPE_STRING",
            field("Hello", 1, it -> it.setType(FieldDescriptorProto.Type.TYPE_BYTES))),
        broken(
            "Hello.node: cardinality was LABEL_OPTIONAL",
            field("Hello", 1, it -> it.setLabel(FieldDescriptorProto.Label.LABEL_REPEATED))),
        broken(
            "Hello.node: presence was false", field("Hello", 1, it -> it.setProto3Optional(true))),
        broken("Sample.value: oneof was state", field("Sample", 0, it -> it.clearOneofIndex())),
        broken("Sample.unknown: type was", field("Sample", 1, it -> it.setTypeName("Other"))),
        broken("message Ack is gone", file -> file.removeMessageType(message(file, "Ack"))),
        broken("enum Exactness is gone", file -> file.removeEnumType(enumType(file, "Exactness"))),
        broken(
            "Exactness.EXACTNESS_EXACT is gone",
            file -> file.getEnumTypeBuilder(enumType(file, "Exactness")).removeValue(1)),
        broken(
            "Exactness.EXACTNESS_EXACT: number was 1 and is 9",
            file ->
                file.getEnumTypeBuilder(enumType(file, "Exactness"))
                    .getValueBuilder(1)
                    .setNumber(9)),
        broken(
            "enum Exactness: 0 is not UNSPECIFIED",
            file ->
                file.getEnumTypeBuilder(enumType(file, "Exactness"))
                    .getValueBuilder(0)
                    .setName("EXACTNESS_NONE")),
        broken("service Ingest is gone", file -> file.removeService(0)),
        broken("Ingest.Stream is gone", file -> file.getServiceBuilder(0).removeMethod(0)),
        broken(
            "Ingest.Stream: server streaming was true",
            file -> file.getServiceBuilder(0).getMethodBuilder(0).clearServerStreaming()),
        broken(
            "Ingest.Stream: request was",
            file -> file.getServiceBuilder(0).getMethodBuilder(0).setInputType("Other")),
        broken("package was gpuscaling.v1", file -> file.setPackage("gpuscaling.v2")),
        broken("ingest.proto is gone", file -> file.setName("other.proto")));
  }

  @Test
  void violations_fieldReserved_isLegal() {
    FileDescriptorSet now =
        changed(file -> {
          var hello = file.getMessageTypeBuilder(message(file, "Hello"));
          hello.removeField(1).addReservedName("node");
          hello.addReservedRangeBuilder().setStart(2).setEnd(3);
        });

    assertThat(CompatibilityRules.violations(present(), now)).isEmpty();
    assertThat(CompatibilityRules.violations(now, present()))
        .contains(
            "Hello: number 2 is no longer reserved", "Hello: name node is no longer reserved");
  }

  @Test
  void violations_fieldMessageAndValueAdded_isLegal() {
    FileDescriptorSet now =
        changed(file -> {
          file.getMessageTypeBuilder(message(file, "Hello"))
              .addFieldBuilder()
              .setName("more")
              .setNumber(6)
              .setType(FieldDescriptorProto.Type.TYPE_STRING);
          file.addMessageTypeBuilder().setName("More");
          file.getEnumTypeBuilder(0).addValueBuilder().setName("MORE").setNumber(99);
        });

    assertThat(CompatibilityRules.violations(present(), now)).isEmpty();
  }

  private static Arguments broken(String expected, Consumer<FileDescriptorProto.Builder> change) {
    return Arguments.of(expected, change);
  }

  private static Consumer<FileDescriptorProto.Builder> field(
      String message, int index, Consumer<FieldDescriptorProto.Builder> change) {
    return file ->
        change.accept(file.getMessageTypeBuilder(message(file, message)).getFieldBuilder(index));
  }

  private static int message(FileDescriptorProto.Builder file, String name) {
    for (int i = 0; i < file.getMessageTypeCount(); i++) {
      if (file.getMessageType(i).getName().equals(name)) {
        return i;
      }
    }
    throw new AssertionError(name);
  }

  private static int enumType(FileDescriptorProto.Builder file, String name) {
    for (int i = 0; i < file.getEnumTypeCount(); i++) {
      if (file.getEnumType(i).getName().equals(name)) {
        return i;
      }
    }
    throw new AssertionError(name);
  }

  private static FileDescriptorSet changed(Consumer<FileDescriptorProto.Builder> change) {
    FileDescriptorSet.Builder changed = present().toBuilder();
    change.accept(changed.getFileBuilder(0));
    return changed.build();
  }

  private static FileDescriptorSet present() {
    return FileDescriptorSet.newBuilder()
        .addFile(Hello.getDescriptor().getFile().toProto())
        .addFile(RenewRequest.getDescriptor().getFile().toProto())
        .build();
  }

  private static FileDescriptorSet baseline() throws IOException {
    var set = FileDescriptorSet.newBuilder();
    TextFormat.merge(Files.readString(BASELINE), set);
    return set.build();
  }
}
