package io.gpuscaling.testkit.rabbitmq;

/** A plugin of the broker that a test may want. */
public enum RabbitMqPlugin {
  /** The HTTP API. */
  MANAGEMENT("rabbitmq_management"),
  /** Metrics over HTTP. */
  PROMETHEUS("rabbitmq_prometheus");

  private final String pluginName;

  RabbitMqPlugin(String pluginName) {
    this.pluginName = pluginName;
  }

  String pluginName() {
    return pluginName;
  }
}
