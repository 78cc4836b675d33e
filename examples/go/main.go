package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/rollbar/rollbar-go"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	stopTracing, err := startTracing(ctx)
	if err != nil {
		return err
	}
	startRollbar()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, http.StatusOK)
	})
	mux.HandleFunc("GET /error", func(http.ResponseWriter, *http.Request) {
		panic(errors.New("this error is deliberate"))
	})
	address := "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8080")
	server := &http.Server{Addr: address, Handler: otelhttp.NewHandler(reportPanics(mux), "request")}

	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	fmt.Println("http://" + address)
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}

	// Answers the requests in progress, then sends what waits to be sent.
	last, cancelLast := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancelLast()
	err = errors.Join(server.Shutdown(last), stopTracing(last))
	rollbar.Close()
	return err
}

func startRollbar() {
	rollbar.SetToken(os.Getenv("ROLLBAR_ACCESS_TOKEN"))
	rollbar.SetEnvironment("development")
	if endpoint := os.Getenv("ROLLBAR_ENDPOINT"); endpoint != "" {
		rollbar.SetEndpoint(endpoint)
	}
}

// reportPanics reports each panic of next to all three providers under the request's trace id, and answers 500.
// It is inside otelhttp's handler, so the request's context has the span.
func reportPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		span := trace.SpanFromContext(r.Context())
		defer func() {
			_, route, _ := strings.Cut(r.Pattern, " ")
			span.SetAttributes(attribute.String("http.route", route))
			reason := recover()
			if reason == nil {
				return
			}
			err, isError := reason.(error)
			if !isError {
				err = fmt.Errorf("panic: %v", reason)
			}
			span.RecordError(err, trace.WithStackTrace(true))
			ids := map[string]any{"trace_id": traceID(r), "span_id": span.SpanContext().SpanID().String()}
			rollbar.Error(r, err, ids)
			answer(w, r, http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, r *http.Request, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"trace_id": traceID(r)})
}

// traceID is the id of the request's trace, as 32 hex digits.
func traceID(r *http.Request) string {
	return trace.SpanContextFromContext(r.Context()).TraceID().String()
}
