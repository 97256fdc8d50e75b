package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"parus/credit"
	"parus/credit/backtest"
	"parus/internal/governance"
	"parus/internal/publication"
	"parus/internal/season"

	"github.com/danielgtaylor/huma/v2"
)

// mostTesting is how long a back-test may take before it is given up: 1.8
// million households on two processors take eight minutes, see docs/results.md.
const mostTesting = time.Hour

type startBacktestInput struct {
	PolicyPath
	Body struct {
		County string `json:"county" maxLength:"20" pattern:"^[0-9]+$"`
		Season string `json:"season" minLength:"1" maxLength:"100"`
		Reason string `json:"reason,omitempty" maxLength:"2000" doc:"Up to 500 characters; kept in the history."`
	}
}

type backtestProgressInput struct {
	PolicyPath
	County string `query:"county" required:"true" maxLength:"20" pattern:"^[0-9]+$"`
	Season string `query:"season" required:"true" minLength:"1" maxLength:"100"`
}

type backtestProgressOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         backtestProgress
}

// backtestProgress is how far a back-test is that this server runs.
type backtestProgress struct {
	State   string `json:"state" enum:"running,kept,failed"`
	Done    int    `json:"done" doc:"Households."`
	Total   int    `json:"total"`
	ID      int64  `json:"id" doc:"Of the back-test, once it is kept."`
	Problem string `json:"problem" doc:"Why it failed."`
}

func (s *server) addBacktests(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "startBacktest", Method: http.MethodPost, Path: "/v1/policies/{policy}/backtests", Tags: []string{"policies"}, DefaultStatus: http.StatusAccepted,
		Summary: "Decide a season's stored cases again under a policy and keep the result; asked again while it runs, it goes on", Errors: []int{400, 403, 404, 409},
	}), s.startBacktest)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "backtestProgress", Method: http.MethodGet, Path: "/v1/policies/{policy}/backtests", Tags: []string{"policies"},
		Summary: "How far a back-test is; 404 where this server has begun none", Errors: []int{404},
	}), s.backtestProgress)
}

// backtests are those on their way and the last of each that has ended. One
// computes at a time: each takes all processors.
type backtests struct {
	mu   sync.Mutex
	last map[string]*backtestProgress
	turn chan struct{}
}

func newBacktests() *backtests {
	return &backtests{last: map[string]*backtestProgress{}, turn: make(chan struct{}, 1)}
}

// mostTests is how many are remembered.
const mostTests = 256

func (b *backtests) look(key string) (backtestProgress, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, ok := b.last[key]
	if !ok {
		return backtestProgress{}, false
	}
	return *p, true
}

// begin tells whether whoever asks is to run it: nobody does already.
func (b *backtests) begin(key string, total int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, ok := b.last[key]; ok && p.State == "running" {
		return false
	}
	for k, p := range b.last {
		if len(b.last) >= mostTests && p.State != "running" {
			delete(b.last, k)
		}
	}
	b.last[key] = &backtestProgress{State: "running", Total: total}
	return true
}

func (b *backtests) set(key string, change func(*backtestProgress)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b.last[key])
}

// testKey names a policy's test on a county's season; callers check that whoever
// asks sees the county.
func testKey(digest, county, name string) string { return digest + "\n" + county + "\n" + name }

func (s *server) startBacktest(ctx context.Context, in *startBacktestInput) (*backtestProgressOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	account := accountOf(ctx)
	may := governance.Actor{Name: account.Name, Role: string(account.Role), Counties: account.Counties}.May(governance.ActTest, &in.Body.County)
	if may != nil {
		return nil, s.answerPolicy("startBacktest", may)
	}
	if _, err := governance.ParseReason(governance.ActTest, in.Body.Reason); err != nil {
		return nil, s.answerPolicy("startBacktest", err)
	}
	card, err := s.store.Policy(ctx, scopeOf(ctx), in.Policy, governance.DayOf(s.cfg.Today()))
	if err != nil {
		return nil, s.answerPolicy("startBacktest", err)
	}
	policy, err := credit.ReadPolicy(strings.NewReader(card.Document))
	if err != nil {
		return nil, s.answerPolicy("startBacktest", err)
	}
	run, total, err := s.store.DecidedRun(ctx, scopeOf(ctx), in.Body.County, in.Body.Season)
	if err != nil {
		return nil, s.answer("startBacktest", err)
	}
	key := testKey(card.Digest, in.Body.County, in.Body.Season)
	if s.tests.begin(key, total) {
		of := testing{scope: scopeOf(ctx), policy: policy, move: s.moveOf(ctx, in.Body.Reason),
			kept: governance.Backtest{Digest: card.Digest, County: in.Body.County, Season: in.Body.Season, Run: run}}
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), mostTesting)
		go func() {
			defer cancel()
			s.test(after, key, total, of)
		}()
	}
	return s.progressOf(key)
}

func (s *server) backtestProgress(ctx context.Context, in *backtestProgressInput) (*backtestProgressOutput, error) {
	if err := readsPolicies(ctx); err != nil {
		return nil, err
	}
	card, err := s.store.Policy(ctx, scopeOf(ctx), in.Policy, governance.DayOf(s.cfg.Today()))
	if err != nil {
		return nil, s.answerPolicy("backtestProgress", err)
	}
	if _, _, err := s.store.DecidedRun(ctx, scopeOf(ctx), in.County, in.Season); err != nil {
		return nil, s.answer("backtestProgress", err)
	}
	return s.progressOf(testKey(card.Digest, in.County, in.Season))
}

func (s *server) progressOf(key string) (*backtestProgressOutput, error) {
	p, ok := s.tests.look(key)
	if !ok {
		return nil, errNotFound()
	}
	return &backtestProgressOutput{CacheControl: noStore, Body: p}, nil
}

// testing is a back-test to be made.
type testing struct {
	scope  publication.Scope
	policy credit.Policy
	move   governance.Move
	kept   governance.Backtest
}

// test makes a back-test and notes how it ended.
func (s *server) test(ctx context.Context, key string, total int, of testing) {
	s.tests.turn <- struct{}{}
	id, err := s.makeTest(ctx, key, total, of)
	<-s.tests.turn
	s.tests.set(key, func(p *backtestProgress) {
		p.State, p.ID = "kept", id
		if err != nil {
			p.State, p.Problem = "failed", "The server could not finish it; start it again."
			if answered := new(Problem); errors.As(s.answerPolicy("startBacktest", err), &answered) {
				p.Problem = strings.TrimSpace(answered.Detail + " " + answered.Next)
			}
		}
	})
}

func (s *server) makeTest(ctx context.Context, key string, total int, of testing) (int64, error) {
	job := backtest.Job{Policy: of.policy, Threads: runtime.GOMAXPROCS(0), Total: total, Progress: func(done, _ int) {
		s.tests.set(key, func(p *backtestProgress) { p.Done = done })
	}}
	source := func(ctx context.Context, each func(backtest.Item) error) error {
		return s.store.Decisions(ctx, of.scope, of.kept.Run, func(d season.StoredDecision) error {
			return each(backtest.Item{Household: d.Household, Village: d.Village, Snapshot: d.Snapshot})
		})
	}
	r, err := backtest.Run(ctx, job, source, nil)
	if err != nil {
		return 0, err
	}
	if r.Households == 0 {
		return 0, governance.Refuse("not_tested", "Score the season again, then test the policy.", "None of %d households could be compared.", r.Failed)
	}
	r.County, r.Season, r.Run, r.Digest = of.kept.County, of.kept.Season, of.kept.Run, of.kept.Digest
	kept := of.kept
	kept.EngineVersion, kept.Households = r.EngineVersion, r.Households
	if kept.Report, err = json.Marshal(r); err != nil {
		return 0, fmt.Errorf("report of the back-test of policy %.12s: %w", kept.Digest, err)
	}
	return s.store.SaveBacktest(ctx, of.move, kept)
}
