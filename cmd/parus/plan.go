package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"parus/internal/decoder"
	"parus/internal/postgis"
	"parus/internal/season"
	"parus/workers"
)

// foresee tells what a run would do and cost with so many units at once.
func foresee(ctx context.Context, db *postgis.DB, run season.Run, threads int) (season.Estimate, error) {
	var err error
	if run.ID == 0 { // asked for before: its publication is known by it
		if run.ID, err = db.FindRun(ctx, run.Spec); err != nil {
			return season.Estimate{}, err
		}
	}
	plan, err := workers.Foresee(ctx, db, run)
	if err != nil {
		return season.Estimate{}, err
	}
	costs, err := db.StageCosts(ctx, run.County)
	if err != nil {
		return season.Estimate{}, err
	}
	release, err := db.Release(ctx, run.Registry)
	if err != nil {
		return season.Estimate{}, err
	}
	e := workers.Estimate(plan, costs, workers.County{Parcels: release.Parcels, Households: release.Households}, threads)
	e.ImageryBytes, e.ImageryFiles = imageryOf(run, e)
	return e, nil
}

// imageryOf adds up the files of the scenes that would be read: bytes of those
// on disk, and how many lie elsewhere.
func imageryOf(run season.Run, e season.Estimate) (bytes int64, elsewhere int) {
	reads := map[string]bool{}
	for _, s := range e.Stages {
		for _, id := range s.Scenes {
			reads[id] = true
		}
	}
	seen := map[string]bool{}
	for _, s := range run.Spec.Scenes {
		if !reads[s.ID] {
			continue
		}
		for _, b := range s.Bands {
			if seen[b.Href] {
				continue
			}
			seen[b.Href] = true
			if info, err := os.Stat(b.Href); err == nil {
				bytes += info.Size()
			} else {
				elsewhere++
			}
		}
	}
	return bytes, elsewhere
}

// printPlan writes what would be done and what it would cost.
func printPlan(w io.Writer, e season.Estimate) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "stage\tunits\tdone already\tto do\ttime\tbetween\tmemory of one\tdisk\tby")
	for _, s := range e.Stages {
		todo := fmt.Sprint(s.ToDo())
		if s.AtMost {
			todo = "at most " + todo
		}
		if s.ToDo() == 0 {
			fmt.Fprintf(tab, "%s\t%d\t%d\t0\t\t\t\t\t\n", s.Stage, s.Units, s.Done)
			continue
		}
		var by string
		switch s.Runs {
		case 0:
			by = "built-in figures"
		case 1:
			by = "1 earlier run"
		default:
			by = fmt.Sprintf("%d earlier runs", s.Runs)
		}
		fmt.Fprintf(tab, "%s\t%d\t%d\t%s\t%s\t%s to %s\t%s\t%s\t%s\n", s.Stage, s.Units, s.Done, todo, short(season.Seconds(s.WallS)),
			short(season.Seconds(s.LowS)), short(season.Seconds(s.HighS)), decoder.Size(s.MemoryBytes), decoder.Size(s.DiskBytes), by)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	if e.ToDo() == 0 {
		return tell(w, "nothing is to be done: the same inputs have been through\n")
	}
	low, wall, high := e.Wall()
	reads := decoder.Size(e.ImageryBytes)
	if e.ImageryFiles > 0 {
		reads += fmt.Sprintf(" and %d files that lie elsewhere, of sizes not known", e.ImageryFiles)
	}
	return tell(w, "in all %d units, about %s (%s to %s) with %d at once; up to %s of memory in a worker beside what reading pictures takes (--memory); "+
		"imagery to read: %s; the database grows by about %s\n",
		e.ToDo(), short(wall), short(low), short(high), e.Threads, decoder.Size(e.MemoryBytes()), reads, decoder.Size(e.DiskBytes()))
}

func short(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// estimated foresees a run, keeps the estimate with it, and says it in a line.
// What goes wrong here keeps no run from starting.
func (b *backend) estimated(ctx context.Context, run season.Run, threads int, w io.Writer) (season.Estimate, bool) {
	e, err := foresee(ctx, b.db, run, atOnce(threads))
	if err == nil && e.ToDo() > 0 {
		e.At, err = b.db.KeepEstimate(ctx, run.ID, e)
	}
	if err != nil {
		b.log.Debug("no estimate", "run", run.ID, "error", err)
		return e, false
	}
	if e.ToDo() > 0 {
		low, wall, high := e.Wall()
		fmt.Fprintf(w, "run %d      %d units to do, about %s (%s to %s)%s\n", run.ID, e.ToDo(), short(wall), short(low), short(high), guessed(e))
	}
	return e, e.ToDo() > 0
}

// guessed says which stages' figures no run stands behind.
func guessed(e season.Estimate) string {
	var names []string
	for _, s := range e.Stages {
		if s.Runs == 0 && s.ToDo() > 0 {
			names = append(names, s.Stage)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; by built-in figures: " + strings.Join(names, ", ")
}

// printActual tells how far off an estimate was.
func printActual(ctx context.Context, db *postgis.DB, run int64, e season.Estimate, w io.Writer) error {
	actual, err := db.RunActual(ctx, run, e.At)
	if err != nil || len(actual) == 0 {
		return err
	}
	expected := map[string]season.StageEstimate{}
	for _, s := range e.Stages {
		expected[s.Stage] = s
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "stage\tunits\texpected\twork\texpected\tclock\texpected\tmemory of one\texpected")
	last := actual[0].First
	for _, a := range actual {
		x := expected[a.Stage]
		fmt.Fprintf(tab, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Stage, a.Units, x.ToDo(), short(season.Seconds(a.BusyS)), short(season.Seconds(x.BusyS)),
			short(a.Last.Sub(a.First)), short(season.Seconds(x.WallS)), decoder.Size(a.PeakBytes), decoder.Size(x.MemoryBytes))
		if a.Last.After(last) {
			last = a.Last
		}
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	low, wall, high := e.Wall()
	took := last.Sub(e.At)
	return tell(w, "took %s, expected %s (%s to %s): %s\n", short(took), short(wall), short(low), short(high), offBy(took, low, wall, high))
}

func offBy(took, low, wall, high time.Duration) string {
	off := fmt.Sprintf("%+.0f %%", 100*(took.Seconds()/wall.Seconds()-1))
	switch {
	case took < low:
		return off + ", below the range"
	case took > high:
		return off + ", above the range"
	}
	return off + ", within the range"
}
