package io.gpuscaling.exporter.push;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How samples are streamed.
 *
 * @param adapters where adapters listen; behind each name every address is one adapter
 * @param caFile PEM of the CA that signs the adapters' certificates
 * @param serverName the name that the adapters' certificates must have, when it is not the host's
 * @param tokenFile the projected ServiceAccount token, read again for each stream
 * @param certificateFile PEM of the client certificate, in place of a token
 * @param privateKeyFile PEM of its key
 * @param nodeName the node that this exporter reports, or empty for a queue reader
 * @param bootId random, new at each start of this process
 * @param version told to adapters
 * @param resolveInterval how often names are looked up again
 * @param timeouts after which an adapter is given up
 */
public record PushSettings(
    List<AdapterName> adapters,
    Path caFile,
    Optional<String> serverName,
    Optional<Path> tokenFile,
    Optional<Path> certificateFile,
    Optional<Path> privateKeyFile,
    String nodeName,
    String bootId,
    String version,
    Duration resolveInterval,
    StreamTimeouts timeouts) {

  /**
   * A name and port behind which adapters listen.
   *
   * @param host a DNS name or address
   */
  public record AdapterName(String host, int port) {}

  /** Checks the texts of Hello and copies the list. */
  public PushSettings {
    adapters = List.copyOf(adapters);
    if (bootId.isEmpty() || bootId.length() > PushLimits.MAX_HELLO_TEXT_LENGTH) {
      throw new IllegalArgumentException("a boot id has 1 to 64 characters: " + bootId);
    }
    if (version.length() > PushLimits.MAX_HELLO_TEXT_LENGTH) {
      throw new IllegalArgumentException("a version has at most 64 characters: " + version);
    }
  }
}
