package io.gpuscaling.adapter.cluster;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ConfigMapListBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As much of a Kubernetes API, in plain HTTP, as the classes of this package ask. */
final class FakeKubernetes implements AutoCloseable {

  private static final Pattern WATCHED_NAME = Pattern.compile("metadata\\.name=([^&,]+)");

  final List<String> requests = new CopyOnWriteArrayList<>();
  final KubernetesClient client;
  volatile int code = 201;
  volatile String answer = "{}";
  private volatile Map<String, String> map = Map.of();
  private final Map<String, String> lists = new ConcurrentHashMap<>();
  private final Map<String, BlockingQueue<String>> events = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  FakeKubernetes() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder()
                    .withAutoConfigure(false)
                    .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                    .withRequestRetryBackoffLimit(0)
                    .withWatchReconnectInterval(50)
                    .build())
            .build();
  }

  void setMap(Map<String, String> next) {
    map = next;
  }

  void send(String type, Map<String, String> data, int version) {
    var event = new WatchEvent();
    event.setType(type);
    event.setObject(configMap(data, version));
    events("configmaps").add(Serialization.asJson(event));
  }

  /** What a list of a resource answers from now on. */
  void setList(String resource, HasMetadata... items) {
    lists.put(
        resource,
        Serialization.asJson(
            Map.of(
                "kind",
                "List",
                "apiVersion",
                "v1",
                "metadata",
                Map.of("resourceVersion", "1"),
                "items",
                List.of(items))));
  }

  /** Lists of a resource are answered with 403 until there is one again. */
  void refuse(String resource) {
    lists.remove(resource);
    code = 403;
  }

  /** Tells the watch of a resource. */
  void send(String resource, String type, KubernetesResource object) {
    var event = new WatchEvent();
    event.setType(type);
    event.setObject(object);
    events(resource).add(Serialization.asJson(event));
  }

  /** Tells the watch of a resource that is watched by the object's name. */
  void sendByName(String resource, String type, HasMetadata object) {
    send(resource + "/" + object.getMetadata().getName(), type, object);
  }

  private BlockingQueue<String> events(String resource) {
    return events.computeIfAbsent(resource, _ -> new LinkedBlockingQueue<>());
  }

  private static ConfigMap configMap(Map<String, String> data, int version) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace("kube-system")
        .withName("extension-apiserver-authentication")
        .withUid("u")
        .withResourceVersion(String.valueOf(version))
        .endMetadata()
        .withData(data)
        .build();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      String path = exchange.getRequestURI().getPath();
      String resource = path.substring(path.lastIndexOf('/') + 1);
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      if ("websocket".equals(exchange.getRequestHeaders().getFirst("Upgrade"))) {
        reply(exchange, 200, "{}"); // no web sockets here: the client then watches by HTTP
      } else if (query.contains("watch=true")) {
        watch(exchange, events(resource + watchedName(resource, query)));
      } else if (lists.containsKey(resource)) {
        reply(exchange, 200, lists.get(resource));
      } else if (resource.equals("configmaps")) {
        reply(
            exchange,
            200,
            Serialization.asJson(
                new ConfigMapListBuilder()
                    .withNewMetadata()
                    .withResourceVersion("1")
                    .endMetadata()
                    .withItems(configMap(map, 1))
                    .build()));
      } else {
        requests.add(path + (query.contains("dryRun=All") ? "?dryRun=All " : " ") + body);
        reply(exchange, code, answer);
      }
    }
  }

  /** Of a watch by name, and empty for a configmap, of which there is only one here. */
  private static String watchedName(String resource, String query) {
    Matcher name = WATCHED_NAME.matcher(query);
    return !resource.equals("configmaps") && name.find() ? "/" + name.group(1) : "";
  }

  private static void reply(HttpExchange exchange, int code, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static void watch(HttpExchange exchange, BlockingQueue<String> events)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      out.flush();
      while (true) {
        String event = events.poll(30, TimeUnit.SECONDS);
        if (event == null) {
          return;
        }
        out.write((event + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Goes away; the client stays. */
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  @Override
  public void close() {
    client.close();
    stop();
  }
}
