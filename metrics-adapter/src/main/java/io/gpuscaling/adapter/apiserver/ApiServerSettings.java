package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.request.RouteOptions;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How the server is set up.
 *
 * @param bindAddress the address to listen on: {@code 0.0.0.0}
 * @param port the port to listen on; 0 for any that is free
 * @param certificateFile PEM file with the serving certificate and its intermediates
 * @param privateKeyFile PEM file with its key
 * @param workerThreads event loops that serve, at least 1
 * @param drainTimeout how long requests may take to end when the server stops
 * @param routes which optional forms of requests are served
 * @param programVersion for {@code /version}: {@code 1.2.3}
 */
public record ApiServerSettings(
    String bindAddress,
    int port,
    Path certificateFile,
    Path privateKeyFile,
    int workerThreads,
    Duration drainTimeout,
    RouteOptions routes,
    String programVersion) {}
