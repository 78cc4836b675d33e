import com.rollbar.notifier.Rollbar;
import com.rollbar.notifier.config.ConfigBuilder;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.instrumentation.javahttpserver.JavaHttpServerTelemetry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executors;

public final class Main {
  private static final Rollbar ROLLBAR = startRollbar();

  private Main() {}

  public static void main(String[] args) throws IOException {
    OpenTelemetry openTelemetry = Tracing.start();
    JavaHttpServerTelemetry telemetry = JavaHttpServerTelemetry.create(openTelemetry);

    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    telemetry.configure(server.createContext("/", reportingErrors(exchange -> answer(exchange, 200))));
    telemetry.configure(server.createContext("/error", reportingErrors(exchange -> {
      throw new IllegalStateException("This error is deliberate.");
    })));
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.start();
    System.out.println("http://127.0.0.1:" + port);

    Runtime.getRuntime().addShutdownHook(new Thread(Main::stop));
  }

  private static Rollbar startRollbar() {
    ConfigBuilder config =
        ConfigBuilder.withAccessToken(System.getenv("ROLLBAR_ACCESS_TOKEN"))
            .environment("development")
            // Rollbar would report what no handler catches without a trace, and the JVM would no longer print it.
            .handleUncaughtErrors(false);
    String endpoint = System.getenv("ROLLBAR_ENDPOINT");
    if (endpoint != null && !endpoint.isEmpty()) config.endpoint(endpoint);
    return Rollbar.init(config.build());
  }

  /** Sends the items that wait to be sent. */
  private static void stop() {
    try {
      ROLLBAR.close(true);
    } catch (Exception error) {
      System.err.println("Rollbar: " + error.getMessage());
    }
  }

  /** Reports each error of a handler to all three providers under the request's trace id, and answers 500. */
  private static HttpHandler reportingErrors(HttpHandler handler) {
    return exchange -> {
      try {
        handler.handle(exchange);
      } catch (RuntimeException error) {
        Span.current().recordException(error);
        String spanId = Span.current().getSpanContext().getSpanId();
        ROLLBAR.error(error, Map.of("trace_id", traceId(), "span_id", spanId));
        answer(exchange, 500);
      }
    };
  }

  private static void answer(HttpExchange exchange, int status) throws IOException {
    byte[] body = ("{\"trace_id\":\"" + traceId() + "\"}\n").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /** The trace id of the request that is being answered, as 32 hex digits. */
  private static String traceId() {
    return Span.current().getSpanContext().getTraceId();
  }
}
