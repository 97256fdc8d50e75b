package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"time"

	"parus/credit/monitor"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/report"
)

// monitorCmd measures drift against another season and, where loans have fallen
// due, how well their PDs foretold them.
type monitorCmd struct {
	looking
	Against            string  `placeholder:"SEASON" help:"Season to compare with; default: the county's latest before this one that begins at the same time of the year, where there is one."`
	AgainstPublication int64   `placeholder:"N" help:"Publication of the county to compare with, in force or not."`
	Outcomes           string  `type:"existingfile" placeholder:"CSV" help:"Outcomes of loans: county,household_id,season,bad or days_past_due; pd, amount_cny, due_date, bad_on, seen_until where known. Default: those of applications."`
	Correlation        float64 `default:"0.2" help:"Correlation of defaults within a county and season, through its harvest."`
	Strict             bool    `help:"Exit with status 1 where drift stops a promotion."`
}

// monitorResult is what is written.
type monitorResult struct {
	Publication int64                `json:"publication"`
	Stability   *monitor.Stability   `json:"stability"`
	Performance *monitor.Performance `json:"performance"`
}

// Run writes what could be measured; nothing to compare with is no error.
func (c *monitorCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB, p publication.Publication) error {
		out := monitorResult{Publication: p.ID}
		var err error
		if out.Stability, err = c.stability(ctx, db, p); err != nil {
			return err
		}
		if out.Performance, err = c.performance(ctx, db, p); err != nil {
			return err
		}
		if out.Stability == nil {
			fmt.Fprintf(s.Err, "parus: county %s has published no earlier season of this time of the year to compare with: name one with --against\n", c.County)
		} else if err := c.keep(ctx, db, p.ID, publication.MonitoringStability, out.Stability); err != nil {
			return err
		}
		if out.Performance == nil {
			fmt.Fprintln(s.Err, "parus: no loan can be judged yet: read outcomes with --outcomes, or wait until 90 days after loans fall due")
		} else if err := c.keep(ctx, db, p.ID, publication.MonitoringPerformance, out.Performance); err != nil {
			return err
		}
		if err := c.write(s, out, report.MonitorSheet(titleOf(p), out.Stability, out.Performance)); err != nil {
			return err
		}
		if c.Strict && out.Stability != nil {
			return out.Stability.Promotion()
		}
		return nil
	})
}

// stability compares with the other publication; nil where there is none.
func (c *monitorCmd) stability(ctx context.Context, db *postgis.DB, p publication.Publication) (*monitor.Stability, error) {
	other, err := c.other(ctx, db, p)
	if other == nil || err != nil {
		return nil, err
	}
	before, err := sampleOf(ctx, db, *other)
	if err != nil {
		return nil, err
	}
	now, err := sampleOf(ctx, db, p)
	if err != nil {
		return nil, err
	}
	st, err := monitor.Compare(before, now)
	return &st, err
}

func (c *monitorCmd) other(ctx context.Context, db *postgis.DB, p publication.Publication) (*publication.Publication, error) {
	if c.AgainstPublication > 0 {
		q, err := db.Publication(ctx, all, c.AgainstPublication)
		if err == nil && q.County != p.County {
			err = fmt.Errorf("publication %d is of county %s, not of %s", q.ID, q.County, p.County)
		}
		return &q, err
	}
	if c.Against != "" {
		q, err := inForce(ctx, db, c.County, c.Against)
		return &q, err
	}
	list, err := db.InForce(ctx, all, c.County, "")
	var latest *publication.Publication
	for _, q := range list {
		if q.County == p.County && sameTimeEarlier(q.Starts, p.Starts) && (latest == nil || *q.Starts > *latest.Starts) {
			latest = &q
		}
	}
	return latest, err
}

// sameTimeEarlier tells whether a season began in an earlier year at about the
// same day as another: winter crops are compared with winter crops.
func sameTimeEarlier(before, now *string) bool {
	if before == nil || now == nil || *before >= *now {
		return false
	}
	a, err1 := time.Parse(time.DateOnly, *before)
	b, err2 := time.Parse(time.DateOnly, *now)
	if err1 != nil || err2 != nil {
		return false
	}
	const about = 45 // days
	apart := (b.YearDay() - a.YearDay() + 365) % 365
	return apart <= about || apart >= 365-about
}

func sampleOf(ctx context.Context, db *postgis.DB, p publication.Publication) (*monitor.Sample, error) {
	s := monitor.NewSample(fmt.Sprintf("%s (publication %d)", p.Season, p.ID))
	return s, db.Traits(ctx, all, p.ID, s.Add)
}

// performance measures outcomes; nil where there is none.
func (c *monitorCmd) performance(ctx context.Context, db *postgis.DB, p publication.Publication) (*monitor.Performance, error) {
	outcomes, err := c.outcomes(ctx, db)
	if err != nil || len(outcomes) == 0 {
		return nil, err
	}
	if err := foretold(ctx, db, p, outcomes); err != nil {
		return nil, err
	}
	rules := monitor.DefaultRules()
	rules.Correlation = c.Correlation
	if !(c.Correlation >= 0 && c.Correlation < 1) {
		return nil, usageError{fmt.Errorf("--correlation %g: want 0 to less than 1", c.Correlation)}
	}
	perf, err := monitor.Perform(outcomes, rules)
	return &perf, err
}

// outcomes are the county's: those of the file, else of its applications.
func (c *monitorCmd) outcomes(ctx context.Context, db *postgis.DB) ([]monitor.Outcome, error) {
	if c.Outcomes == "" {
		return db.DueOutcomes(ctx, all, c.County, "", time.Now().UTC())
	}
	f, err := os.Open(c.Outcomes)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	list, err := monitor.ReadOutcomes(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Outcomes, err)
	}
	own := list[:0]
	for _, o := range list {
		if o.County == c.County {
			own = append(own, o)
		}
	}
	if len(own) == 0 {
		return nil, fmt.Errorf("%s: no row is of county %s", c.Outcomes, c.County)
	}
	return own, nil
}

// foretold fills in the PDs of the publication for its season's outcomes that
// come without one.
func foretold(ctx context.Context, db *postgis.DB, p publication.Publication, outcomes []monitor.Outcome) error {
	missing := map[string]int{}
	for i, o := range outcomes {
		if math.IsNaN(o.PD) && o.Season == p.Season {
			missing[o.Household] = i
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return db.ForetoldPD(ctx, all, p.ID, func(household string, pd float64) {
		if i, ok := missing[household]; ok {
			outcomes[i].PD = pd
		}
	})
}
