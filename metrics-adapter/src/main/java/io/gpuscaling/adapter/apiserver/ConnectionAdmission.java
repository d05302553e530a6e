package io.gpuscaling.adapter.apiserver;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets connections in up to a number in all and from each address. Safe for use by any thread. */
final class ConnectionAdmission {

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionAdmission.class);

  private final ChannelGroup connections;
  private final ConcurrentMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

  /** So that a flood is logged once, not with each connection. */
  private final AtomicBoolean isRefusing = new AtomicBoolean();

  /**
   * Nobody is in yet.
   *
   * @param connections those that are in, and the listening channel
   */
  ConnectionAdmission(ChannelGroup connections) {
    this.connections = connections;
  }

  /** Whether a new connection may stay; one that may is in the group. */
  boolean admit(Channel channel) {
    SocketAddress from = channel.remoteAddress();
    if (connections.size() > ApiServerLimits.MAX_CONNECTIONS) {
      return refuse("too many connections", from);
    }
    if (from instanceof InetSocketAddress peer && !isWithinShare(channel, peer.getAddress())) {
      return refuse("too many connections from one address", from);
    }
    if (connections.size() < ApiServerLimits.MAX_CONNECTIONS_PER_ADDRESS) {
      isRefusing.set(false);
    }
    return connections.add(channel);
  }

  private boolean isWithinShare(Channel channel, InetAddress address) {
    int count = byAddress.merge(address, 1, Integer::sum);
    channel
        .closeFuture()
        .addListener(
            _ -> byAddress.computeIfPresent(address, (_, open) -> open == 1 ? null : open - 1));
    return count <= ApiServerLimits.MAX_CONNECTIONS_PER_ADDRESS;
  }

  private boolean refuse(String reason, SocketAddress from) {
    if (isRefusing.compareAndSet(false, true)) {
      LOG.atWarn().addKeyValue("from", from).addKeyValue("reason", reason).log("refusing");
    }
    return false;
  }
}
