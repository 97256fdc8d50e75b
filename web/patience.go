package web

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Patience is how long a server waits for those who ask it. Zero fields stand
// for the defaults. Uploads and streams of events have deadlines of their own
// instead, which move on as long as bytes do: Config.UploadPatience and
// [LiveConfig].
type Patience struct {
	Header time.Duration // for the header of a request to come; default 5 s
	Body   time.Duration // for its body, which is 1 MiB at most but for uploads; default 30 s
	Answer time.Duration // for the answer to be made and taken; default a minute
	Idle   time.Duration // for another request of the same connection; default two minutes
}

func (p Patience) withDefaults() Patience {
	for _, d := range []struct {
		of      *time.Duration
		without time.Duration
	}{{&p.Header, 5 * time.Second}, {&p.Body, 30 * time.Second}, {&p.Answer, time.Minute}, {&p.Idle, 2 * time.Minute}} {
		if *d.of <= 0 {
			*d.of = d.without
		}
	}
	return p
}

// server is one that keeps to the limits.
func (p Patience) server(h http.Handler) *http.Server {
	p = p.withDefaults()
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: p.Header,
		ReadTimeout:       p.Header + p.Body,
		WriteTimeout:      p.Answer,
		IdleTimeout:       p.Idle,
		MaxHeaderBytes:    32 << 10,
	}
}

// bodies has the API wait for bodies as long; its own default is 5 s.
func (p Patience) bodies(_ *huma.OpenAPI, op *huma.Operation) { op.BodyReadTimeout = p.Body }
