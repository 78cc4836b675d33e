/**
 * Imported before aws-xray-sdk, which reads these as it loads. In its automatic mode the SDK carries a context of its
 * own through every callback, which alone halves a server's throughput; here OpenTelemetry has the context already.
 * The SDK would otherwise let AWS_XRAY_TRACING_NAME rename segments, and there is one name (OTEL_SERVICE_NAME).
 */
process.env.AWS_XRAY_MANUAL_MODE = '1'
delete process.env.AWS_XRAY_TRACING_NAME
