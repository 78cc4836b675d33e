import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.contrib.awsxray.AwsXrayIdGenerator;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProviderBuilder;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.time.Duration;
import java.util.Map;

final class Tracing {
  /** Environment variables and system properties win over these. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "otel.service.name", "my-java",
          // The SDK's default is gRPC, which Honeycomb takes at the same address, and the sandbox at another port.
          "otel.exporter.otlp.protocol", "http/protobuf",
          // traceparent, and X-Amzn-Trace-Id, which an AWS load balancer and X-Ray's SDKs use.
          "otel.propagators", "xray,tracecontext,baggage",
          // Milliseconds after a span's end. The default is five seconds.
          "otel.bsp.schedule.delay", "500",
          // This example has no metrics and no log records.
          "otel.metrics.exporter", "none",
          "otel.logs.exporter", "none");

  private Tracing() {}

  /**
   * Sends each span to Honeycomb and to X-Ray. The SDK makes Honeycomb's exporter from OTEL_EXPORTER_OTLP_ENDPOINT and
   * OTEL_EXPORTER_OTLP_HEADERS, and sends what waits to be sent when the process ends.
   */
  static OpenTelemetry start() {
    return AutoConfiguredOpenTelemetrySdk.builder()
        .addPropertiesSupplier(() -> DEFAULTS)
        .addTracerProviderCustomizer((builder, config) -> withXRay(builder))
        .build()
        .getOpenTelemetrySdk();
  }

  private static SdkTracerProviderBuilder withXRay(SdkTracerProviderBuilder builder) {
    // Trace ids begin with the time, as X-Ray's SDKs make them.
    builder.setIdGenerator(AwsXrayIdGenerator.getInstance());
    String endpoint = System.getenv("XRAY_OTLP_ENDPOINT");
    if (endpoint == null || endpoint.isEmpty()) return builder;
    // This builder reads no environment variables, so AWS does not get Honeycomb's key.
    OtlpHttpSpanExporter exporter =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(endpoint)
            .addHeader("Authorization", "Bearer " + System.getenv("XRAY_API_KEY"))
            .build();
    return builder.addSpanProcessor(
        BatchSpanProcessor.builder(exporter).setScheduleDelay(Duration.ofMillis(500)).build());
  }
}
