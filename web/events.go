package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const eventsPath = "/v1/events"

// furthest is how many lines of the log somebody may be behind and still be told
// each; beyond it a page reads what it shows anew.
const furthest = 2000

type eventsInput struct {
	Last  string `header:"Last-Event-ID" maxLength:"20" doc:"Of the last event that came with an id; the stream goes on behind it."`
	After string `query:"after" maxLength:"20" doc:"The same for whoever can't set the header."`
	Once  bool   `query:"once" doc:"End when everything that is known has been told, for systems that ask now and then."`
}

func (s *server) addEvents(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "events", Method: http.MethodGet, Path: eventsPath, Tags: []string{"events"},
		Summary: "What is live, as server-sent events, of the account's counties",
		Description: "`publication`: one was put in force. `alerts`: how many are open in a season (not for partners). `run`, `rescore`: a run or an order moved; `progress`: how far an open run is " +
			"(those three for roles that read runs). `progress` comes without an id and tells all that is known; the others come once each, in order, and after a lost connection the stream goes on " +
			"behind Last-Event-ID. `reset`: what was missed is not told; read anew what you show. `beat`: a sign of life, with the id to go on from. `end`: the session has ended or the account has changed; sign in again.",
		Errors: []int{400, 429},
		Responses: map[string]*huma.Response{
			"200": {Description: "A stream of events", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}},
		},
	}), s.events)
}

// events answers before it streams where something is wrong.
func (s *server) events(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	last := in.Last
	if last == "" {
		last = in.After
	}
	place := int64(-1) // from now on
	if last != "" {
		var err error
		if place, err = strconv.ParseInt(last, 10, 64); err != nil || place < 0 {
			return nil, errBad("The id is not one of this stream.", "Leave out Last-Event-ID to start from now.")
		}
	}
	account := accountOf(ctx)
	if in.Once {
		return s.eventsOnce(ctx, place)
	}
	woken, refused, err := s.hub.join(ctx, account.ID)
	if err != nil {
		return nil, s.answer("events", err)
	}
	if refused {
		return nil, problem(http.StatusTooManyRequests, "too_many_streams", "This account has as many streams of events open as it may.",
			"Close other windows of this page, or try again in a minute.")
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer s.hub.leave(woken)
		_, w := humago.Unwrap(hc)
		st := &stream{server: s, account: account, woken: woken, place: place, w: w, rc: http.NewResponseController(w)}
		if err := st.begin(ctx); err != nil {
			s.logFailure("events", err)
			return
		}
		st.run(ctx)
	}}, nil
}

// eventsOnce answers with what is known now, from the database itself.
func (s *server) eventsOnce(ctx context.Context, place int64) (*huma.StreamResponse, error) {
	account := accountOf(ctx)
	st := &stream{server: s, account: account, place: place}
	head, err := s.store.FeedHead(ctx)
	if err != nil {
		return nil, s.answer("events", err)
	}
	if place > head || place >= 0 && head-place > furthest {
		st.event("reset", head, []byte("{}"))
	}
	for more := place >= 0 && st.out.Len() == 0; more; {
		events, err := s.store.Feed(ctx, account.Scope(), st.place, feedPage)
		if err != nil {
			return nil, s.answer("events", err)
		}
		st.add(events)
		more = len(events) == feedPage
	}
	if account.Role.ReadsRuns() {
		runs, err := s.store.Progress(ctx, account.Scope(), nil)
		if err != nil {
			return nil, s.answer("events", err)
		}
		for _, r := range runs {
			data, err := json.Marshal(r)
			if err != nil {
				return nil, s.answer("events", err)
			}
			st.event("progress", 0, data)
		}
	}
	st.event("beat", max(head, st.place), []byte("{}"))
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, st.w = humago.Unwrap(hc)
		streaming(st.w.Header())
		_, _ = st.w.Write(st.out.Bytes()) // the connection is gone where this fails
	}}, nil
}

func streaming(h http.Header) {
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", noStore)
	h.Set("X-Accel-Buffering", "no") // a proxy's, which would hold events back
}

// stream is one listener's connection.
type stream struct {
	*server
	account publication.Account
	woken   chan struct{}
	place   int64  // in the log
	version uint64 // of the progress that was told
	w       http.ResponseWriter
	rc      *http.ResponseController
	out     bytes.Buffer
}

// begin finds the place to go on from and sends the header.
func (st *stream) begin(ctx context.Context) error {
	head := st.hub.now()
	reset := false
	if st.place >= 0 {
		fresh, err := st.store.FeedHead(ctx) // another server may have told of more
		if err != nil {
			writeProblem(st.w, errInternal())
			return err
		}
		head = max(head, fresh)
		reset = st.place > head || head-st.place > furthest
	}
	if st.place < 0 || reset {
		st.place = head
	}
	streaming(st.w.Header())
	st.w.WriteHeader(http.StatusOK)
	_ = st.rc.SetReadDeadline(time.Time{}) // of the server, for the request; where it can't be lifted the client comes back
	st.out.WriteString("retry: 2000\n\n")
	if reset {
		st.event("reset", st.place, []byte("{}"))
	}
	st.event("beat", st.place, []byte("{}"))
	return st.flush()
}

// run tells what is new until the client, the session or the server goes.
func (st *stream) run(ctx context.Context) {
	beat := time.NewTicker(st.hub.cfg.Beat)
	defer beat.Stop()
	for {
		if st.tell(ctx) != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-stopping(ctx):
			return // the client comes back, to whoever serves then
		case <-st.woken:
		case <-beat.C:
			if !st.same(ctx) {
				st.event("end", 0, []byte("{}"))
				_ = st.flush() // it ends either way
				return
			}
			st.event("beat", st.place, []byte("{}"))
			if st.flush() != nil {
				return
			}
		}
	}
}

// same tells whether the session still stands for the same account with the
// same rights. A database that does not answer changes nobody's rights.
func (st *stream) same(ctx context.Context) bool {
	again, ok := ctx.Value(againKey{}).(func(context.Context) (publication.Account, error))
	if !ok {
		return false
	}
	now, err := again(ctx)
	if err != nil {
		return !errors.As(err, new(*Problem)) // signed out, or the token is no longer good
	}
	return now.Role == st.account.Role && fmt.Sprint(now.Counties) == fmt.Sprint(st.account.Counties)
}

// tell writes all that the client has not been told yet.
func (st *stream) tell(ctx context.Context) error {
	scope := st.account.Scope()
	for {
		floor := st.hub.lowest()
		events, held := st.hub.since(st.place)
		if !held {
			var err error
			if events, err = st.store.Feed(ctx, scope, st.place, feedPage); err != nil {
				st.logFailure("events", err)
				return err
			}
		}
		st.add(events)
		if st.out.Len() > 0 {
			if err := st.flush(); err != nil {
				return err
			}
		}
		if held {
			break
		}
		if len(events) < feedPage { // of these counties there is no more before what is held
			st.place = max(st.place, floor)
		}
	}
	if !st.account.Role.ReadsRuns() {
		return nil
	}
	data, version := st.hub.moved(scope, st.version)
	st.version = version
	for _, d := range data {
		st.event("progress", 0, d)
	}
	if st.out.Len() == 0 {
		return nil
	}
	return st.flush()
}

// add adds lines of the log that the account may hear of.
func (st *stream) add(events []publication.FeedEvent) {
	scope := st.account.Scope()
	for _, e := range events {
		if st.place = e.ID; scope.Sees(e.County) && st.account.Role.Hears(e.Kind) {
			st.event(string(e.Kind), e.ID, e.Body)
		}
	}
}

// event adds one to what is to be sent; without an id for 0.
func (st *stream) event(kind string, id int64, data []byte) {
	if id > 0 {
		fmt.Fprintf(&st.out, "id: %d\n", id)
	}
	fmt.Fprintf(&st.out, "event: %s\ndata: %s\n\n", kind, data)
}

// flush sends; a client that does not take it in time is given up, and may come
// back and go on from where it was.
func (st *stream) flush() error {
	if err := st.rc.SetWriteDeadline(time.Now().Add(st.hub.cfg.Write)); err != nil {
		return err
	}
	if _, err := st.w.Write(st.out.Bytes()); err != nil {
		return err
	}
	st.out.Reset()
	return st.rc.Flush()
}

type stoppingKey struct{}

// stopping is closed when the server is told to stop; nil where nobody tells.
func stopping(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(stoppingKey{}).(<-chan struct{})
	return c
}
