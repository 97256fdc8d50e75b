package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"parus/imagery/remote"
	"parus/internal/postgis"
	"parus/internal/season"
)

// watchCmd is for whoever answers for the scenes of a season that goes on.
type watchCmd struct {
	Add    watchAddCmd    `cmd:"" help:"Poll a catalogue for new scenes of a county's season."`
	List   watchListCmd   `cmd:"" help:"What is polled, when next, and what the last poll came to."`
	Pause  watchPauseCmd  `cmd:"" help:"Poll a catalogue no more for now."`
	Resume watchResumeCmd `cmd:"" help:"Poll it again, also where it had ended."`
	Remove watchRemoveCmd `cmd:"" help:"Forget a watch; runs that it started stay."`
	Poll   watchPollCmd   `cmd:"" help:"Poll once now, due or not."`
}

// lingers is for how many days after its season's end a watch goes on, and
// after it is resumed where it had ended. Sentinel-2 scenes come within a day
// or two; the rest is for outages of a catalogue.
const lingers = 14

type watchAddCmd struct {
	database
	County string        `required:"" placeholder:"CODE" help:"Code of the county."`
	Season string        `required:"" placeholder:"NAME" help:"Name of the season; it must have a run."`
	Source string        `required:"" placeholder:"URL|ITEMS" help:"STAC catalogue or API, or a file or folder of items."`
	Every  time.Duration `default:"6h" help:"How often, from 1m to 744h."`
	Linger int           `default:"14" help:"Days after the season's end for which it goes on."`
}

// Run keeps the watch, due at once.
func (c *watchAddCmd) Run(ctx context.Context, s *streams) error {
	const least, most = time.Minute, 31 * 24 * time.Hour
	if c.Every < least || c.Every > most || c.Linger < 0 {
		return usageError{fmt.Errorf("--every is from %s to %s, --linger not below 0", least, most)}
	}
	source, err := sourceOf(c.Source)
	if err != nil {
		return usageError{err}
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		last, err := db.LastRun(ctx, c.County, c.Season)
		if err != nil {
			return err
		}
		now, err := db.Now(ctx)
		if err != nil {
			return err
		}
		w := season.CatalogueWatch{County: c.County, Season: c.Season, Source: source, Every: c.Every, NextAt: now,
			Until: last.Spec.Season.End.AddDate(0, 0, 1+c.Linger), CreatedBy: whoami()}
		id, err := db.AddCatalogueWatch(ctx, w, now)
		if err != nil {
			return err
		}
		return tell(s.Out, "watch %d: %s is polled every %s until %s, by `parus worker` and `parus up`\n", id, source, c.Every, w.Until.Format(time.DateOnly))
	})
}

// sourceOf makes a path that workers elsewhere understand. The table is no
// place for secrets.
func sourceOf(source string) (string, error) {
	if !isURL(source) {
		if _, err := os.Stat(source); err != nil {
			return "", err
		}
		return filepath.Abs(source)
	}
	u, err := url.Parse(source)
	if err != nil {
		return "", errors.New("the address of the catalogue cannot be read")
	}
	switch here := remote.OnThisMachine(u.Hostname()); {
	case u.User != nil:
		return "", errors.New("the address of the catalogue holds a name or password: leave it out, watches are no place for secrets")
	case u.Scheme != "https" && !here:
		return "", errors.New("only https is asked over a network: write the address of the catalogue with it")
	case remote.NeverAsked(u.Hostname()) && !here:
		return "", fmt.Errorf("%s is of this machine's link or its cloud, which no catalogue is read from: name the catalogue's own address", u.Hostname())
	}
	return source, nil
}

type watchListCmd struct {
	database
	County string `placeholder:"CODE" help:"Only of this county."`
}

// Run prints a table.
func (c *watchListCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		list, err := db.CatalogueWatches(ctx, c.County)
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "watch\tcounty\tseason\tevery\tstate\tnext\tlast poll\tfailures\trun\tsource\tresult")
		for _, w := range list {
			next, run := "", ""
			if w.State() == "on" {
				next = instant(&w.NextAt)
			}
			if w.LastRun != 0 {
				run = fmt.Sprint(w.LastRun)
			}
			fmt.Fprintf(tab, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", w.ID, w.County, w.Season, w.Every, w.State(), next,
				instant(w.LastPolledAt), w.Failures, run, w.Source, w.LastResult)
		}
		return tab.Flush()
	})
}

// watchOrder names a watch.
type watchOrder struct {
	database
	Watch int64 `arg:"" name:"watch" help:"Number of the watch; watch list prints them."`
}

type watchPauseCmd struct{ watchOrder }

// Run pauses.
func (c *watchPauseCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		if err := db.EnableCatalogueWatch(ctx, c.Watch, false, time.Time{}, time.Time{}); err != nil {
			return err
		}
		return tell(s.Out, "watch %d is paused\n", c.Watch)
	})
}

type watchResumeCmd struct{ watchOrder }

// Run makes it due.
func (c *watchResumeCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		now, err := db.Now(ctx)
		if err != nil {
			return err
		}
		if err := db.EnableCatalogueWatch(ctx, c.Watch, true, now, now.AddDate(0, 0, lingers)); err != nil {
			return err
		}
		return tell(s.Out, "watch %d goes on\n", c.Watch)
	})
}

type watchRemoveCmd struct{ watchOrder }

// Run forgets it.
func (c *watchRemoveCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		if err := db.RemoveCatalogueWatch(ctx, c.Watch); err != nil {
			return err
		}
		return tell(s.Out, "watch %d is removed; runs that it started stay\n", c.Watch)
	})
}

type watchPollCmd struct{ watchOrder }

// Run polls, and fails where the poll does.
func (c *watchPollCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	p, ok, err := b.scheduler().Poll(ctx, c.Watch)
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("watch %d does not exist, or somebody polls it now: `parus watch list` tells", c.Watch)
	case p.Failed:
		return fmt.Errorf("watch %d: %s", c.Watch, p.Result)
	}
	return tell(s.Out, "watch %d: %s\n", c.Watch, p.Result)
}
