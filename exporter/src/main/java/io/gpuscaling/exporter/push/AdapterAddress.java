package io.gpuscaling.exporter.push;

import java.net.InetAddress;

/**
 * One adapter replica.
 *
 * @param name the name that was looked up; its certificate is checked against it unless another
 *     name is configured
 */
record AdapterAddress(String name, InetAddress address, int port) {

  @Override
  public String toString() {
    return address.getHostAddress() + ":" + port;
  }
}
