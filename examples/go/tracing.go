package main

import (
	"cmp"
	"context"
	"os"
	"time"

	"go.opentelemetry.io/contrib/propagators/aws/xray"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// startTracing sends each span to Honeycomb and to X-Ray. The returned function sends what waits to be sent.
func startTracing(ctx context.Context) (stop func(context.Context) error, err error) {
	name := cmp.Or(os.Getenv("OTEL_SERVICE_NAME"), "my-go")
	res, err := resource.Merge(resource.Default(), resource.NewSchemaless(attribute.String("service.name", name)))
	if err != nil {
		return nil, err
	}
	honeycomb, err := newHoneycombExporter(ctx)
	if err != nil {
		return nil, err
	}
	// Half a second after a span's end. The default is five seconds.
	soon := sdktrace.WithBatchTimeout(500 * time.Millisecond)
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithResource(res),
		// Trace ids begin with the time, as X-Ray's SDKs make them.
		sdktrace.WithIDGenerator(xray.NewIDGenerator()),
		sdktrace.WithBatcher(honeycomb, soon),
	}
	if endpoint := os.Getenv("XRAY_OTLP_ENDPOINT"); endpoint != "" {
		// These headers replace OTEL_EXPORTER_OTLP_HEADERS, so AWS does not get Honeycomb's key.
		key := map[string]string{"Authorization": "Bearer " + os.Getenv("XRAY_API_KEY")}
		toXRay, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint), otlptracehttp.WithHeaders(key))
		if err != nil {
			return nil, err
		}
		options = append(options, sdktrace.WithBatcher(toXRay, soon))
	}
	provider := sdktrace.NewTracerProvider(options...)
	otel.SetTracerProvider(provider)
	// Reads and writes traceparent, and X-Amzn-Trace-Id, which an AWS load balancer and X-Ray's SDKs use.
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(
		xray.Propagator{}, propagation.TraceContext{}, propagation.Baggage{},
	))
	return provider.Shutdown, nil
}

// Both exporters read OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS; Go does not choose between them.
func newHoneycombExporter(ctx context.Context) (sdktrace.SpanExporter, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc" {
		return otlptracegrpc.New(ctx)
	}
	return otlptracehttp.New(ctx)
}
