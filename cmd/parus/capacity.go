package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"parus/internal/capacity"
	"parus/internal/decoder"
)

// capacityCmd simulates a season's batch over many counties.
type capacityCmd struct {
	Timings    string  `type:"existingfile" placeholder:"CSV" help:"Costs, as 'parus run --timings' wrote them; default: those of the generated county of 200,000 households (docs/results.md)."`
	Counties   int     `default:"1800" help:"Counties in the batch."`
	Households float64 `default:"200e6" help:"Households of all of them; parcels, blocks and imagery follow the county that was measured."`
	Scenes     int     `help:"Scenes of a season over each county; default: as measured."`
	Every      float64 `name:"every-s" help:"Mean seconds between two counties; default: all are there at once."`

	Workers int     `default:"64" help:"Worker processes."`
	Places  int     `default:"1" help:"Units at once in each worker, with a processor each."`
	Hours   float64 `placeholder:"H" help:"Look for the fewest workers that end within these hours, instead of --workers."`
	Most    int     `default:"8192" help:"Workers to look up to."`

	Database int     `name:"database-processors" default:"32" help:"Processors of the database; 0: it shares those of the workers."`
	Store    float64 `name:"store-gbps" default:"10" help:"Gigabit a second that object storage hands out; 0: without bound."`
	LogRate  float64 `name:"log-mb-per-s" default:"400" help:"Million bytes a second by which the database's log can be written; 0: without bound."`
	Stream   float64 `name:"stream-gbps" default:"0.5" help:"Gigabit a second of one reader."`

	Lag        float64 `name:"lag-s" default:"1" help:"Seconds from the last unit of a stage to the first of the next."`
	Spread     float64 `default:"0.3" help:"Coefficient of variation of units."`
	Stragglers float64 `default:"0.01" help:"Share of units that take --straggler-factor times as long."`
	Factor     float64 `name:"straggler-factor" default:"5" help:"See --stragglers."`
	Retries    float64 `default:"0.01" help:"Share of units that fail at their end and start again."`
	Deaths     float64 `name:"deaths-per-day" default:"0.1" help:"Of one worker."`
	Restart    float64 `name:"restart-s" default:"60" help:"Until a dead worker is back."`
	Round      float64 `name:"round-ms" default:"3" help:"What the database takes for one look at one open run."`
	Rounds     float64 `name:"rounds-per-s" default:"100" help:"Such looks, of all workers together."`
	Seed       uint64  `default:"1" help:"The same seed and figures give the same table."`
}

// leaseS is workers' lease: what a dead worker had in hand waits again after it.
const leaseS = 30

// gigabit is in bytes.
const gigabit = 1e9 / 8

// Run prints the costs, how the batch goes, and what gives way first.
func (c *capacityCmd) Run(_ context.Context, s *streams) error {
	m, err := c.model()
	if err != nil {
		return err
	}
	if c.Hours > 0 {
		n, err := capacity.Fewest(m, c.Hours, c.Most, c.Seed)
		if err != nil {
			return usageError{err}
		}
		if n > c.Most {
			return fmt.Errorf("not even %d workers end within %g hours: see what all wait for with --workers %d, and give that more", c.Most, c.Hours, c.Most)
		}
		m.Plant.Workers = n
	}
	r, err := capacity.Simulate(m, c.Seed)
	if err != nil {
		return usageError{err}
	}
	return errors.Join(printCosts(s.Out, m), printBatch(s.Out, m, r), printUsedUp(s.Out, m))
}

func (c *capacityCmd) model() (capacity.Model, error) {
	costs, err := capacity.Measured()
	if c.Timings != "" {
		var text []byte
		if text, err = os.ReadFile(c.Timings); err == nil {
			costs, err = capacity.ReadTimings(bytes.NewReader(text))
		}
	}
	if err != nil {
		return capacity.Model{}, err
	}
	if c.Counties < 1 || !(c.Households >= float64(c.Counties) && c.Households <= 1e10) || c.Scenes < 0 {
		return capacity.Model{}, usageError{fmt.Errorf("%d counties of %g households: want one county or more, and a household in each", c.Counties, c.Households)}
	}
	like := costs.County
	if c.Scenes > 0 {
		like.ReadBytes = like.ReadBytes * int64(c.Scenes) / int64(like.Scenes)
		like.Scenes = c.Scenes
	}
	return capacity.Model{Costs: costs, Counties: capacity.Country(c.Counties, c.Households, like, c.Seed), EveryS: c.Every,
		Plant: capacity.Plant{Workers: c.Workers, Places: c.Places, DatabaseProcessors: c.Database, StoreBytesPerS: c.Store * gigabit, StreamBytesPerS: min(c.Stream, c.Store) * gigabit, LogBytesPerS: c.LogRate * 1e6},
		Trouble: capacity.Trouble{StageLagS: c.Lag, Spread: c.Spread, Stragglers: c.Stragglers, StragglerFactor: c.Factor, Retries: c.Retries,
			DeathsPerHour: c.Deaths / 24, LeaseS: leaseS, RestartS: c.Restart, RoundS: c.Round / 1000, RoundsPerS: c.Rounds}}, nil
}

func printCosts(w io.Writer, m capacity.Model) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "stage\tunits\tworkers, h\tdatabase, h\tdatabase grows\tits log\t")
	var all struct{ units, worker, database, stored, logged float64 }
	for _, k := range m.Costs.Stages {
		units, amount := 0, 0.0
		for _, c := range m.Counties {
			units += k.Cut.Of(c)
			amount += k.Basis.Of(c)
		}
		fmt.Fprintf(tab, "%s\t%d\t%.1f\t%.1f\t%s\t%s\t\n", k.Stage, units, k.WorkerS*amount/3600, k.DatabaseS*amount/3600, bytesOf(k.Stored*amount), bytesOf(k.Logged*amount))
		all.units, all.worker, all.database = all.units+float64(units), all.worker+k.WorkerS*amount/3600, all.database+k.DatabaseS*amount/3600
		all.stored, all.logged = all.stored+k.Stored*amount, all.logged+k.Logged*amount
	}
	read := 0.0
	for _, c := range m.Counties {
		read += float64(c.ReadBytes)
	}
	fmt.Fprintf(tab, "all\t%.0f\t%.1f\t%.1f\t%s\t%s\t\n", all.units, all.worker, all.database, bytesOf(all.stored), bytesOf(all.logged))
	return errors.Join(tab.Flush(), tell(w, "imagery to read: %s\n\n", bytesOf(read)))
}

func bytesOf(v float64) string { return decoder.Size(int64(v)) }

func printBatch(w io.Writer, m capacity.Model, r capacity.Result) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(tab, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	line("workers", "%d, places %.0f %% taken", m.Plant.Workers, 100*r.Places)
	line("batch", "%.2f h for %d counties, %d units", r.Hours, len(m.Counties), r.Units)
	line("a county", "P50 %.2f h, P90 %.2f h, longest %.2f h; %.0f under way, at most %d", r.County.P50, r.County.P90, r.County.Max, r.Open.Mean, r.Open.Most)
	line("queue", "%.0f units wait, at most %d; each %.0f s", r.Queue.Mean, r.Queue.Most, r.Waited.Mean)
	line("processors of workers", "%.0f %%", 100*r.Processor.Share)
	line("processors of the database", "%.0f %%, at most %d units wait for one", 100*r.Database.Share, r.Database.Most)
	line("the database's log", "%.0f %%, at most %d units wait for it", 100*r.Log.Share, r.Log.Most)
	line("object storage", "%.0f %%, at most %d units wait for it", 100*r.Store.Share, r.Store.Most)
	line("trouble", "%d deaths, %d units lost, %d tried again: %.1f h of processors", r.Deaths, r.Lost, r.Retried, r.WastedS/3600)
	return tab.Flush()
}

func printUsedUp(w io.Writer, m capacity.Model) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "\nby itself\tbatch takes\tall wait for it from")
	for _, l := range m.Limits() {
		from := fmt.Sprintf("%.0f workers", l.Workers)
		if l.Workers == 0 {
			from = ""
		}
		fmt.Fprintf(tab, "%s\t%.2f h\t%s\n", l.What, l.Hours, from)
	}
	return tab.Flush()
}
