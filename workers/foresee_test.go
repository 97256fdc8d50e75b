package workers_test

import (
	"math"
	"strings"
	"testing"

	"parus/internal/season"
	"parus/workers"
)

// foreseen is a plan by stage.
func (f farm) foreseen(t *testing.T, run season.Run) map[string]season.StagePlan {
	t.Helper()
	plan, err := workers.Foresee(t.Context(), f.db, run)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]season.StagePlan{}
	var names []string
	for _, p := range plan {
		out[p.Stage] = p
		names = append(names, p.Stage)
	}
	if want := "verify cover observe assemble reconcile recognise estimate watch decide publish"; strings.Join(names, " ") != want {
		t.Fatalf("stages %v", names)
	}
	return out
}

// TestAPlanForeseesWhatARunThenDoes asks before a season what it would do, runs
// it, and asks again: for the same inputs, another policy, and another scene.
func TestAPlanForeseesWhatARunThenDoes(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(*season.Spec) {})
	scenes := len(dates())
	before := f.foreseen(t, f.run)
	for stage, p := range before {
		if p.Done != 0 || p.ToDo() != p.Units || p.Units == 0 || p.AtMost != (stage != "verify" && stage != "cover") {
			t.Errorf("before: %s %+v", stage, p)
		}
	}
	if n := before["verify"]; n.Units != scenes || len(n.Scenes) != scenes {
		t.Errorf("verify %+v, want %d scenes", n, scenes)
	}
	if progress, err := f.db.RunProgress(t.Context(), f.run.ID); err != nil || len(progress) != 0 {
		t.Fatalf("foreseeing has planned %+v, %v", progress, err)
	}
	if err := f.drive(t, f.stages...); err != nil {
		t.Fatal(err)
	}
	progress, err := f.db.RunProgress(t.Context(), f.run.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range progress {
		if n := before[p.Stage]; n.Units < p.Total() || !n.AtMost && n.Units != p.Total() {
			t.Errorf("%s: foreseen %d units, there were %d", p.Stage, n.Units, p.Total())
		}
	}
	for stage, p := range f.foreseen(t, f.run) {
		if p.ToDo() != 0 || p.AtMost || p.Units == 0 {
			t.Errorf("the same again: %s %+v", stage, p)
		}
	}
	t.Run("another policy decides anew, and is watched and published against the first", func(t *testing.T) {
		run := f.run
		run.ID = 0
		run.Spec.Inputs = map[string]string{}
		for k, v := range f.run.Spec.Inputs {
			run.Spec.Inputs[k] = v
		}
		digest, err := f.db.SaveInput(t.Context(), season.InputPolicy, "policy.yaml", []byte("version: strict\nappetite: 0.01\n"))
		if err != nil {
			t.Fatal(err)
		}
		run.Spec.Inputs[season.InputPolicy] = digest
		for stage, p := range f.foreseen(t, run) {
			if want := stage == "watch" || stage == "decide" || stage == "publish"; (p.ToDo() > 0) != want || p.AtMost != (stage == "publish") {
				t.Errorf("%s %+v", stage, p)
			}
		}
	})
	t.Run("another scene is read alone", func(t *testing.T) {
		run := f.run
		run.ID = 0
		run.Spec.Scenes = append(run.Spec.Scenes[:scenes:scenes], scene("added", winter.End.AddDate(0, 0, -2), false))
		got := f.foreseen(t, run)
		if v := got["verify"]; v.Done != scenes || v.ToDo() != 1 || len(v.Scenes) != 1 || v.Scenes[0] != "added" {
			t.Errorf("verify %+v", v)
		}
		o, blocks := got["observe"], got["cover"].Units
		if o.Done != scenes*blocks || o.ToDo() != blocks || len(o.Scenes) != 1 || o.Scenes[0] != "added" {
			t.Errorf("observe %+v, want %d done and %d to do", o, scenes*blocks, blocks)
		}
		if a := got["assemble"]; a.ToDo() != blocks || !a.AtMost {
			t.Errorf("assemble %+v", a)
		}
	})
	t.Run("costs of the run carry the estimate of the next", func(t *testing.T) {
		costs, err := f.db.StageCosts(t.Context(), f.run.County)
		if err != nil || len(costs) != 10 {
			t.Fatalf("%d stages, %v", len(costs), err)
		}
		for _, c := range costs {
			if c.Run != f.run.ID || c.Units == 0 || c.BusyS <= 0 || c.Parcels != 5 || c.Households != 3 {
				t.Errorf("%+v", c)
			}
		}
		var plan []season.StagePlan
		for _, p := range before {
			plan = append(plan, p)
		}
		e := workers.Estimate(plan, costs, workers.County{Parcels: 5, Households: 3}, 2)
		at, err := f.db.KeepEstimate(t.Context(), f.run.ID, e)
		if err != nil || at.IsZero() {
			t.Fatal(err)
		}
		kept, ok, err := f.db.EstimateOf(t.Context(), f.run.ID)
		if err != nil || !ok || !kept.At.Equal(at) || kept.ToDo() != e.ToDo() {
			t.Errorf("kept %+v, %t, %v", kept, ok, err)
		}
		if actual, err := f.db.RunActual(t.Context(), f.run.ID, at); err != nil || len(actual) != 0 {
			t.Errorf("nothing was done since: %+v, %v", actual, err)
		}
		if actual, err := f.db.RunActual(t.Context(), f.run.ID, at.AddDate(0, 0, -1)); err != nil || len(actual) != 10 {
			t.Errorf("%d stages, %v", len(actual), err)
		}
	})
}

// A run read 13 scenes over 8,000 parcels in one block, 26 s: 250 µs a parcel and
// scene. Another county has 78,000 parcels in six blocks, and 13 scenes: 78 units,
// that cost 13 · 78,000 · 250 µs = 253.5 s, and not 78 times the 2 s of a unit of the
// first. A unit of it has 13,000 parcels and takes 13/8 of the memory.
func TestObservingGrowsWithTheLandAndNotWithItsBlocks(t *testing.T) {
	t.Parallel()
	costs := []season.StageCost{
		{Run: 1, Stage: "verify", Units: 13, BusyS: 1, SquaresS2: 0.1, Parcels: 8000},
		{Run: 1, Stage: "observe", Units: 13, BusyS: 26, SquaresS2: 52, Parcels: 8000, PeakBytes: 8 << 20},
	}
	county := workers.County{Parcels: 78_000}
	e := workers.Estimate([]season.StagePlan{{Stage: "verify", Units: 13}, {Stage: "observe", Units: 78}}, costs, county, 1)
	if got := e.Stages[1].BusyS; math.Abs(got-253.5) > 1e-6 {
		t.Errorf("%g s, want 253.5", got)
	}
	county.Scenes = 13
	if got := workers.UnitMemory(costs, county, "observe", 78); got != 13<<20 {
		t.Errorf("%d bytes for a unit, want 13 MiB", got)
	}
}

func stageOf(e season.Estimate) season.StageEstimate { return e.Stages[0] }

// Units of 2 s and 4 s: mean 3 s, standard deviation 1 s. Eight more of them at
// two at once are 24 s of work and 12 s on the clock, beside .4 s that a stage takes
// anyway. The spread of their sum is 1/√8 of a unit's third: 11.8 %; with 30 % for having
// seen one run, √(.118² + .3²) = 32.2 %, twice that either way.
func TestAnEstimateByOneRun(t *testing.T) {
	t.Parallel()
	costs := []season.StageCost{{Run: 1, Stage: "observe", Units: 4, BusyS: 12, SquaresS2: 40, PeakBytes: 50 << 20, Parcels: 100, Households: 10, StoredBytes: 1000}}
	s := stageOf(workers.Estimate([]season.StagePlan{{Stage: "observe", Units: 10, Done: 2}}, costs, workers.County{Parcels: 100, Households: 10}, 2))
	spread := 1 + 2*math.Hypot(1./3/math.Sqrt(8), .3)
	for name, x := range map[string][2]float64{
		"work": {s.BusyS, 24}, "clock": {s.WallS, 12.4}, "high": {s.HighS, 12*spread + .4}, "low": {s.LowS, 12/spread + .4},
		"memory of one": {float64(s.MemoryBytes), 50 << 20}, "disk": {float64(s.DiskBytes), 8000},
	} {
		if math.Abs(x[0]-x[1]) > 1e-6*x[1] {
			t.Errorf("%s is %g, want %g", name, x[0], x[1])
		}
	}
	if s.Runs != 1 {
		t.Errorf("rests on %d runs", s.Runs)
	}
}

// A county of twice the parcels in one block instead of two: what grows with
// parcels doubles in all, and fourfold for the one unit.
func TestAnEstimateGrowsWithTheCounty(t *testing.T) {
	t.Parallel()
	costs := []season.StageCost{
		{Run: 1, Stage: "recognise", Units: 2, BusyS: 10, SquaresS2: 50, PeakBytes: 30 << 20, Parcels: 1000, Households: 300},
		{Run: 2, Stage: "recognise", Units: 2, BusyS: 10, SquaresS2: 50, PeakBytes: 20 << 20, Parcels: 1000, Households: 300},
	}
	s := stageOf(workers.Estimate([]season.StagePlan{{Stage: "recognise", Units: 1}}, costs, workers.County{Parcels: 2000, Households: 600}, 4))
	if math.Abs(s.BusyS-20) > 1e-9 || s.MemoryBytes != 120<<20 || s.Runs != 2 {
		t.Errorf("%+v, want 20 s and 120 MiB", s)
	}
}

func TestWithoutAnEarlierRunBuiltInFiguresAreWide(t *testing.T) {
	t.Parallel()
	s := stageOf(workers.Estimate([]season.StagePlan{{Stage: "decide", Units: 4}}, nil, workers.County{Parcels: 8000, Households: 2000}, 2))
	if s.Runs != 0 || s.WallS <= 0.4 || math.Abs((s.HighS-.4)/(s.LowS-.4)-16) > 1e-6 {
		t.Errorf("%+v, want four times either way", s)
	}
	if s := stageOf(workers.Estimate([]season.StagePlan{{Stage: "decide", Units: 4, Done: 4}}, nil, workers.County{}, 2)); s.WallS != 0 || s.HighS != 0 {
		t.Errorf("nothing to do costs %+v", s)
	}
}
