package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"parus/credit"
	"parus/credit/portfolio"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/report"
)

// portfolioCmd adds the lines of one county or of many up.
type portfolioCmd struct {
	platform
	lookout
	County    string  `placeholder:"PREFIX" help:"Counties whose code begins so; default: all."`
	Season    string  `placeholder:"NAME" help:"Season; default: whatever is in force."`
	Limits    string  `type:"existingfile" placeholder:"FILE" help:"Limits as YAML over the default: county_share, crop_share, county_crop_share, village_cap, household_cap."`
	TotalYuan int64   `placeholder:"YUAN" help:"The bank's whole portfolio, where it is more than what is published here: shares are taken of it."`
	CountyRho float64 `default:"0.2" help:"Correlation of different counties' shocks."`
	Scenarios int     `default:"100000" help:"Scenarios drawn."`
	Held      bool    `help:"Take what applications hold (offered, accepted, drawn and not paid back) and not what is published."`
	Stress    bool    `help:"Compute every stored snapshot again at lower prices, in a poor harvest and with dearer inputs."`
	Threads   int     `help:"Snapshots computed at once; default: the processors."`
}

// portfolioResult is what is written and kept.
type portfolioResult struct {
	portfolio.Result
	Basis        publication.Basis    `json:"basis"`
	Publications []int64              `json:"publications"`
	Stressed     []portfolio.Stressed `json:"stressed,omitempty"`
}

// Run reads households one by one, so a portfolio may be larger than memory.
func (c *portfolioCmd) Run(ctx context.Context, s *streams) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	settings, err := c.settings()
	if err != nil {
		return usageError{err}
	}
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	db := b.db.Within([]string{c.County})
	list, err := db.InForce(ctx, all, c.County, c.Season)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("no county %q has published season %q: run it with `parus run`", c.County, c.Season)
	}
	out, err := c.add(ctx, db, list, settings)
	if err != nil {
		return err
	}
	if len(list) == 1 {
		if err := c.keep(ctx, db, list[0].ID, publication.MonitoringPortfolio, out); err != nil {
			return err
		}
	}
	crop, err := cropWords()
	if err != nil {
		return err
	}
	return c.write(s, out, report.PortfolioSheet(titleOfAll(list), report.Portfolio{Result: out.Result, Held: c.Held, Stressed: out.Stressed}, crop))
}

func (c *portfolioCmd) settings() (portfolio.Settings, error) {
	p := portfolio.DefaultSettings()
	p.CountyRho, p.Scenarios, p.TotalFen = c.CountyRho, c.Scenarios, credit.Fen(c.TotalYuan)*credit.FenPerYuan
	if c.Limits != "" {
		data, err := os.ReadFile(c.Limits)
		if err != nil {
			return p, err
		}
		if p.Limits, err = portfolio.ReadLimits(strings.NewReader(string(data))); err != nil {
			return p, fmt.Errorf("%s: %w", c.Limits, err)
		}
	}
	return p, p.Validate()
}

// titleOfAll names a publication, or how many there are.
func titleOfAll(list []publication.Publication) report.Words {
	if len(list) == 1 {
		return titleOf(list[0])
	}
	return report.Words{Zh: fmt.Sprintf("%d 个县季", len(list)), En: fmt.Sprintf("%d publications", len(list))}
}

// add reads every publication once, for the book and for the stresses.
func (c *portfolioCmd) add(ctx context.Context, db *postgis.DB, list []publication.Publication, settings portfolio.Settings) (portfolioResult, error) {
	out := portfolioResult{Basis: publication.Published}
	if c.Held {
		out.Basis = publication.Held
	}
	book, err := portfolio.NewBook(settings)
	if err != nil {
		return out, err
	}
	crew := newStressCrew(ctx, c.Stress, c.Threads)
	for _, p := range list {
		out.Publications = append(out.Publications, p.ID)
		err := db.EachScored(ctx, all, p.ID, out.Basis, func(h *postgis.ScoredHousehold) error {
			if h.LineFen == 0 {
				return nil
			}
			if err := book.Add(h.Exposure()); err != nil {
				return err
			}
			return crew.add(stressJob{h.Case, h.Policy, h.LineFen, h.ExpectedLossFen})
		})
		if err != nil {
			_, e := crew.end()
			return out, errors.Join(err, e)
		}
	}
	if out.Stressed, err = crew.end(); err != nil {
		return out, err
	}
	out.Result, err = book.Result()
	return out, err
}

// stressJob is one stored case.
type stressJob struct {
	c          credit.Case
	policy     credit.Policy
	line, loss credit.Fen
}

// stressCrew computes cases on several threads. Sums are whole numbers, so who
// computed what does not show.
type stressCrew struct {
	ctx   context.Context // ends with the first error
	group *errgroup.Group
	jobs  chan stressJob
	parts []map[string]*portfolio.StressTest // by thread, then policy
}

// newStressCrew starts the threads; not at all where no stress is wanted.
func newStressCrew(ctx context.Context, wanted bool, threads int) *stressCrew {
	crew := &stressCrew{}
	if !wanted {
		return crew
	}
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	crew.jobs = make(chan stressJob, 4*threads)
	crew.group, crew.ctx = errgroup.WithContext(ctx)
	crew.parts = make([]map[string]*portfolio.StressTest, threads)
	for i := range crew.parts {
		crew.parts[i] = map[string]*portfolio.StressTest{}
		crew.group.Go(func() error { return crew.work(crew.parts[i]) })
	}
	return crew
}

func (crew *stressCrew) work(tests map[string]*portfolio.StressTest) error {
	for j := range crew.jobs {
		t := tests[j.policy.Version]
		if t == nil {
			var err error
			if t, err = portfolio.NewStressTest(j.policy); err != nil {
				return err
			}
			tests[j.policy.Version] = t
		}
		if err := t.Add(j.c, j.line, j.loss); err != nil {
			return err
		}
	}
	return nil
}

func (crew *stressCrew) add(j stressJob) error {
	if crew.jobs == nil {
		return nil
	}
	select {
	case crew.jobs <- j:
		return nil
	case <-crew.ctx.Done():
		return crew.ctx.Err()
	}
}

// end waits for the threads and adds their sums.
func (crew *stressCrew) end() ([]portfolio.Stressed, error) {
	if crew.jobs == nil {
		return nil, nil
	}
	close(crew.jobs)
	if err := crew.group.Wait(); err != nil {
		return nil, err
	}
	var sum *portfolio.StressTest
	for _, part := range crew.parts {
		for _, t := range part {
			if sum == nil {
				sum = t
			} else {
				sum.Merge(t)
			}
		}
	}
	if sum == nil {
		return nil, nil
	}
	return sum.Result(), nil
}
