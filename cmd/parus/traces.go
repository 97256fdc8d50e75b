package main

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// traceTime bounds how long the end of a worker waits for its last spans to be
// taken.
const traceTime = 5 * time.Second

// traces starts to send spans by OTLP over HTTP where the environment names who
// takes them, and returns how to end it. Elsewhere nothing is recorded or sent.
// The exporter and the sampler read the other variables of OpenTelemetry
// themselves: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
func traces(ctx context.Context, log *slog.Logger) (t trace.Tracer, end func()) {
	if cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")) == "" || os.Getenv("OTEL_SDK_DISABLED") == "true" {
		return nil, func() {}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil { // work does not wait for somebody to watch it
		log.Warn("no traces are sent: look at OTEL_EXPORTER_OTLP_ENDPOINT", "error", err)
		return nil, func() {}
	}
	r, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "parus"), attribute.String("service.version", version)), resource.WithFromEnv())
	if err != nil {
		log.Warn("OTEL_RESOURCE_ATTRIBUTES are not understood", "error", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces", "error", err) }))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(r))
	return provider.Tracer("parus/workers"), func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceTime)
		defer cancel()
		if err := provider.Shutdown(late); err != nil { // spans are lost, and no work
			log.Warn("traces", "error", err)
		}
	}
}
