package io.gpuscaling.exporter.push;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Looks up the addresses behind an adapter's name. May block; for use by one thread. */
@FunctionalInterface
interface AdapterResolver {

  /**
   * All addresses of a host now; each is one adapter.
   *
   * @throws UnknownHostException when there is none or the name server does not answer
   */
  List<InetAddress> resolve(String host) throws UnknownHostException;

  /** The resolver of this machine. */
  static AdapterResolver system() {
    return host -> List.of(InetAddress.getAllByName(host));
  }
}
