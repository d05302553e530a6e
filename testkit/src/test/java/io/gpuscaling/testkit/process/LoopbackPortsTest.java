package io.gpuscaling.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class LoopbackPortsTest {

  @Test
  void free_several_areDifferent() {
    assertThat(LoopbackPorts.free(5)).hasSize(5).doesNotHaveDuplicates();
  }

  @Test
  void isOpen_listener_followsIt() throws Exception {
    int port;
    try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = listener.getLocalPort();
      assertThat(LoopbackPorts.isOpen(port)).isTrue();
    }
    assertThat(LoopbackPorts.isOpen(port)).isFalse();
  }
}
