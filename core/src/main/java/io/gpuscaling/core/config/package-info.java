/**
 * Configuration and the command line of a program.
 *
 * <p>A program declares its keys once; from that one declaration come the flags, the environment
 * variables, the places in the YAML file, {@code --help}, {@code check-config} and the tables of
 * docs/configuration.md. Flag before environment before file before default; all problems are
 * reported together, and secrets are masked wherever a value is shown.
 *
 * <pre>{@code
 * final class BellConfig {
 *   static final ScalarKey<HostPort> LISTEN =
 *       ScalarKey.withDefault("listen", ScalarType.listenAddress(),
 *           new HostPort("127.0.0.1", 9401), "Address of /metrics and the probes.");
 *   static final ScalarKey<Duration> POLL_INTERVAL = // --bell-poll-interval, bell: {pollInterval: 5s}
 *       ScalarKey.withDefault("bell.pollInterval",
 *           ScalarType.duration(Duration.ofMillis(100), Duration.ofHours(1)),
 *           Duration.ofSeconds(1), "Time between two polls.");
 *   static final ScalarKey<Optional<SecretUri>> BROKER =
 *       ScalarKey.optional("bell.uri", ScalarType.secretUri("amqp", "amqps"), "The broker.");
 *   static final ScalarKey<List<String>> QUEUES =
 *       ScalarKey.list("bell.queues", ScalarType.text("QUEUE"), "Queues to poll.").flag("--bell-queue");
 *   static final StructuredKey<List<Grant>> GRANTS =
 *       StructuredKey.of("grants", List.of(), "Who may read what.", node -> Grant.readAll(node));
 *
 *   static ConfigSchema schema() {
 *     return new ConfigSchema(
 *         List.of(new KeyGroup("Bell", List.of(LISTEN, POLL_INTERVAL, BROKER, QUEUES, GRANTS))),
 *         List.of(new Validation(List.of(BROKER, QUEUES), config ->
 *             config.get(BROKER).isEmpty() && !config.get(QUEUES).isEmpty()
 *                 ? List.of(config.problem(QUEUES, "needs bell.uri"))
 *                 : List.of())));
 *   }
 * }
 *
 * final class Main {
 *   public static void main(String[] args) {
 *     var about = ProgramAbout.of("gpuscaling-bell", "Rings when a queue grows.", Main.class);
 *     var command = new ProgramCommand(about, BellConfig.schema(), List.of(),
 *         config -> shutdown.run(Bell.create(config)));
 *     System.exit(command.execute(List.of(args), System.getenv(), ProgramStreams.ofProcess()));
 *   }
 * }
 * }</pre>
 *
 * <p>Only this package uses picocli and snakeyaml-engine.
 */
@NullMarked
package io.gpuscaling.core.config;

import org.jspecify.annotations.NullMarked;
