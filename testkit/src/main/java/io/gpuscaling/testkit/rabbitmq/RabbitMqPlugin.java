package io.gpuscaling.testkit.rabbitmq;

/** A plugin of the broker that a test may want. */
public enum RabbitMqPlugin {
  /** The HTTP API. */
  MANAGEMENT("rabbitmq_management"),
  /** Metrics over HTTP. */
  PROMETHEUS("rabbitmq_prometheus"),
  /** A client certificate in place of a password. */
  CERTIFICATE_LOGIN("rabbitmq_auth_mechanism_ssl"),
  /** A token in place of a password. */
  OAUTH2("rabbitmq_auth_backend_oauth2");

  private final String pluginName;

  RabbitMqPlugin(String pluginName) {
    this.pluginName = pluginName;
  }

  String pluginName() {
    return pluginName;
  }
}
