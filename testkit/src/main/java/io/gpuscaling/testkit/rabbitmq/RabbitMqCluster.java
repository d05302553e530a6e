package io.gpuscaling.testkit.rabbitmq;

import io.gpuscaling.testkit.process.ManagedProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * RabbitMQ brokers in one cluster, on loopback only: each a process with ports, data and logs of
 * its own, all with one Erlang cookie and one port mapper. Not safe for use by several threads at
 * once.
 */
public final class RabbitMqCluster implements AutoCloseable {

  private final ManagedProcess portMapper;
  private final List<RabbitMqBroker> nodes = new ArrayList<>();

  private RabbitMqCluster(ManagedProcess portMapper) {
    this.portMapper = portMapper;
  }

  /**
   * Starts a cluster and waits until all its nodes serve, about 20 seconds for three.
   *
   * @param folder is made; must be empty or not exist
   * @param size how many nodes
   * @param plugins what is enabled on each
   */
  public static RabbitMqCluster start(
      Path folder, RabbitMqInstallation installation, int size, List<RabbitMqPlugin> plugins) {
    List<BrokerLayout> layouts =
        BrokerLayout.below(
            IntStream.rangeClosed(1, size).mapToObj(i -> folder.resolve("node-" + i)).toList());
    String cookie = BrokerLayout.newCookie();
    layouts.forEach(layout -> layout.writeFiles(plugins, cookie, ""));
    var cluster = new RabbitMqCluster(ManagedProcess.start(layouts.getFirst().portMapper()));
    try {
      layouts.forEach(layout -> cluster.nodes.add(RabbitMqBroker.begin(layout, installation)));
      cluster.nodes.forEach(RabbitMqBroker::awaitServing);
      cluster.nodes.subList(1, size).forEach(cluster::join);
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void join(RabbitMqBroker node) {
    node.rabbitmqctl("stop_app").orThrow();
    node.rabbitmqctl("join_cluster", nodes.getFirst().nodeName()).orThrow();
    node.rabbitmqctl("start_app").orThrow();
  }

  /** One of its nodes, from 0. */
  public RabbitMqBroker node(int index) {
    return nodes.get(index);
  }

  /** All nodes, as started. */
  public List<RabbitMqBroker> nodes() {
    return List.copyOf(nodes);
  }

  /**
   * Parts one node from the others until {@link #heal}: either side wants another cookie than the
   * other shows, so that they cannot connect again. Clients reach all of them.
   */
  public void partition(int index) {
    String part = "erlang:set_cookie('%s', %s), erlang:disconnect_node('%s').";
    RabbitMqBroker node = nodes.get(index);
    for (RabbitMqBroker other : others(node)) {
      eval(other, part.formatted(node.nodeName(), "wanted_by_the_others", node.nodeName()));
      eval(node, part.formatted(other.nodeName(), "wanted_by_the_parted", other.nodeName()));
    }
  }

  /** Ends that; the node takes the state of the others, as an operator does it. */
  public void heal(int index) {
    String heal = "erlang:set_cookie('%s', erlang:get_cookie()), net_adm:ping('%s').";
    RabbitMqBroker node = nodes.get(index);
    for (RabbitMqBroker other : others(node)) {
      eval(other, heal.formatted(node.nodeName(), node.nodeName()));
      eval(node, heal.formatted(other.nodeName(), other.nodeName()));
    }
    node.rabbitmqctl("stop_app").orThrow();
    node.rabbitmqctl("start_app").orThrow();
  }

  private List<RabbitMqBroker> others(RabbitMqBroker node) {
    return nodes.stream().filter(it -> it != node).toList();
  }

  private static void eval(RabbitMqBroker node, String erlang) {
    node.rabbitmqctl("eval", erlang).orThrow();
  }

  /** Ends everything, what hangs too. Logs and data stay. */
  @Override
  public void close() {
    @Nullable RuntimeException failure = null;
    for (RabbitMqBroker node : nodes) {
      try {
        node.kill();
        node.close();
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    portMapper.close();
    if (failure != null) {
      throw failure;
    }
  }
}
