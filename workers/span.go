package workers

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"parus/internal/ledger"
)

// itemKind is what a stage's units are pieces of.
func itemKind(stage string) string {
	switch stage {
	case stageVerify:
		return "scene"
	case stageCover, stageAssemble, stageReconcile, stageRecognise:
		return "block"
	case stageObserve:
		return "scene in block"
	case stageRender:
		return "scene in cell"
	case stageDecide:
		return "households"
	case stageEstimate, stageWatch, stagePublish:
		return "season"
	}
	return "other"
}

// tracer is the given one, or one that records nothing.
func tracer(t trace.Tracer) trace.Tracer {
	if t == nil {
		return noop.NewTracerProvider().Tracer("")
	}
	return t
}

// hold is a unit in a worker's hand, for whoever watches: figures, a span and
// one line of the log.
type hold struct {
	w     *Worker
	c     ledger.Claim
	began time.Time
	span  trace.Span
	trail ledger.Trail
}

// takes begins to watch a unit. The span is the root of a trace of its own,
// linked to that of whoever put the unit on the queue: a season has more units
// than a trace can hold.
func (w *Worker) takes(ctx context.Context, c ledger.Claim) (context.Context, *hold) {
	kind := itemKind(c.Stage)
	options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		attribute.String("parus.stage", c.Stage), attribute.String("parus.item.kind", kind), attribute.Int("parus.attempt", c.Attempts))}
	if kind != "households" && kind != "other" {
		options = append(options, trace.WithAttributes(attribute.String("parus.item", c.Item)))
	}
	if asked := trace.SpanContextFromContext(ctx); asked.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: asked}))
	}
	h := &hold{w: w, c: c, began: time.Now()}
	w.Meter.took(c.Stage)
	ctx, h.span = tracer(w.Tracer).Start(ctx, "unit "+c.Stage, options...)
	return ledger.WithTrail(ctx, &h.trail), h
}

// ends tells how it ended and, where not well, why; the reason goes to the log
// alone.
func (h *hold) ends(ctx context.Context, e ending, reason error) {
	took := time.Since(h.began)
	h.w.Meter.ended(h.c.Stage, e, took)
	h.span.SetAttributes(attribute.String("parus.outcome", string(e)))
	if e == endFailed || e == endRetry || e == endUnwritten {
		h.span.SetStatus(codes.Error, string(e))
	}
	if t := h.trail; t.State != "" {
		_, finish := tracer(h.w.Tracer).Start(ctx, "finish "+h.c.Stage, trace.WithTimestamp(t.Began), trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(attribute.String("db.system.name", "postgresql")))
		finish.End(trace.WithTimestamp(t.Ended))
	}
	h.span.End()
	attrs := []slog.Attr{slog.String("stage", h.c.Stage), slog.String("item", h.c.Item), slog.Float64("seconds", took.Seconds()),
		slog.String("outcome", string(e)), slog.Int("attempt", h.c.Attempts)}
	if id := h.span.SpanContext().TraceID(); id.IsValid() {
		attrs = append(attrs, slog.String("trace", id.String()))
	}
	level := slog.LevelInfo
	if reason != nil {
		attrs = append(attrs, slog.String("reason", reason.Error()))
	}
	if e == endFailed || e == endLeaseLost || e == endUnwritten {
		level = slog.LevelWarn
	}
	h.w.Log.LogAttrs(ctx, level, "unit", attrs...)
}

// finished is how a unit ended that its handler had no error about. Who works
// without a store that tells has done it.
func (h *hold) finished() ending {
	if h.trail.State == ledger.Skipped {
		return endSkipped
	}
	return endDone
}

// traceparent packs the trace of whoever asks, as W3C Trace Context writes it;
// "" where nobody traces.
func traceparent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// askedBy unpacks it. What is none is no reason not to work.
func askedBy(ctx context.Context, parent string) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": parent})
}
