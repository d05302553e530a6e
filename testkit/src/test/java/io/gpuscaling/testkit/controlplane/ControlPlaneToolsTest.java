package io.gpuscaling.testkit.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.testkit.process.ProcessFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ControlPlaneToolsTest {

  @TempDir Path folder;

  @Test
  void locate_folderNamed_isUsedAsItIs() throws Exception {
    fakeTools("exit 0");

    var tools = ControlPlaneTools.locate(Map.of("TESTKIT_TOOLS", folder.toString()), folder);

    assertThat(tools.path("etcd")).isEqualTo(folder.resolve("etcd").toString());
  }

  @Test
  void locate_folderLacksTools_saysWhichAndWhatToDo() {
    assertThatThrownBy(
            () -> ControlPlaneTools.locate(Map.of("TESTKIT_TOOLS", folder.toString()), folder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("kube-apiserver")
        .hasMessageContaining("testkit/tools/build-tools")
        .hasMessageContaining("Go 1.26");
  }

  @Test
  void locate_nothingNamed_asksTheScriptOfTheRepository() throws Exception {
    fakeTools("exit 0");
    script("echo " + folder);

    var tools =
        ControlPlaneTools.locate(
            Map.of("TESTKIT_TOOLS", ""), Files.createDirectories(folder.resolve("module/inside")));

    assertThat(tools.folder()).isEqualTo(folder);
  }

  @Test
  void build_set_isNamedToTheScript() throws Exception {
    script("echo /built/$1");

    assertThat(ControlPlaneTools.build(folder, "some-set")).isEqualTo(Path.of("/built/some-set"));
  }

  @Test
  void locate_scriptFails_handsOnWhatItSaid() throws Exception {
    script("echo Go is needed >&2; exit 1");

    assertThatThrownBy(() -> ControlPlaneTools.locate(Map.of(), folder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Go is needed");
  }

  @Test
  void locate_outsideTheRepository_saysSo() {
    assertThatThrownBy(() -> ControlPlaneTools.locate(Map.of(), folder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("inside the repository");
  }

  @Test
  void start_partDies_failsWithItsLogAndLeavesNothing() throws Exception {
    var tools = fakeTools("echo no space left; exit 1");

    assertThatThrownBy(
            () -> ControlPlane.start(folder.resolve("run"), tools, InstantSource.system()))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("etcd")
        .hasMessageContaining("no space left");
  }

  @Test
  void startKwok_dies_failsWithItsLog() throws Exception {
    var tools = fakeTools("echo no stages found; exit 1");

    assertThatThrownBy(() ->
            Kwok.start(tools, folder.resolve("kubeconfig"), folder, Kwok.defaultStages(tools)))
        .isInstanceOf(ProcessFailedException.class)
        .hasMessageContaining("no stages found");
  }

  private ControlPlaneTools fakeTools(String body) throws IOException {
    for (String tool :
        new String[] {"etcd", "kube-apiserver", "kube-controller-manager", "kubectl", "kwok"}) {
      executable(folder.resolve(tool), body);
    }
    return new ControlPlaneTools(folder);
  }

  private void script(String body) throws IOException {
    executable(
        Files.createDirectories(folder.resolve("testkit/tools")).resolve("build-tools"), body);
  }

  private static void executable(Path file, String body) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
