package capacity

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// County is what a season's cost grows with.
type County struct {
	Parcels    int
	Households int
	Scenes     int
	Blocks     int   // of 2,048 pixels a side that parcels touch
	ReadBytes  int64 // of imagery, all scenes of the season
}

// Basis is what a stage's cost grows with.
type Basis int

// The bases.
const (
	PerScene       Basis = iota // however large
	PerSceneParcel              // a parcel in a scene
	PerParcel
	PerHousehold
)

// Of is how many of a basis a county has.
func (b Basis) Of(c County) float64 {
	switch b {
	case PerScene:
		return float64(c.Scenes)
	case PerSceneParcel:
		return float64(c.Scenes) * float64(c.Parcels)
	case PerParcel:
		return float64(c.Parcels)
	case PerHousehold:
		return float64(c.Households)
	}
	return math.NaN()
}

// Cut is into how many units a stage of a county falls.
type Cut int

// The cuts.
const (
	Whole        Cut = iota // one unit
	ByScene                 // a unit a scene
	ByBlock                 // a unit a block
	BySceneBlock            // a unit a scene over a block
	ByHouseholds            // a unit for each 500 households
)

// householdsAtOnce is how many households one unit of deciding has
// (workers.householdsAtOnce).
const householdsAtOnce = 500

// Of is the number of units.
func (k Cut) Of(c County) int {
	switch k {
	case ByScene:
		return c.Scenes
	case ByBlock:
		return c.Blocks
	case BySceneBlock:
		return c.Scenes * c.Blocks
	case ByHouseholds:
		return (c.Households + householdsAtOnce - 1) / householdsAtOnce
	case Whole:
	}
	return 1
}

// Shape is how a stage scales: its cost, its units, and whether it reads imagery.
type Shape struct {
	Stage  string
	Basis  Basis
	Cut    Cut
	Pixels bool // its queue comes after that of stages without
	Reads  bool // all of the season's imagery, once
}

// Season are the stages of a season, in order, as package workers cuts them.
func Season() []Shape {
	return []Shape{
		{"verify", PerScene, ByScene, true, false},
		{"cover", PerParcel, ByBlock, true, false},
		{"observe", PerSceneParcel, BySceneBlock, true, true},
		{"assemble", PerParcel, ByBlock, false, false},
		{"reconcile", PerParcel, ByBlock, false, false},
		{"recognise", PerParcel, ByBlock, false, false},
		{"estimate", PerParcel, Whole, false, false},
		{"watch", PerParcel, Whole, false, false},
		{"decide", PerHousehold, ByHouseholds, false, false},
		{"publish", PerParcel, Whole, false, false},
	}
}

// Cost is what one stage costs, for one of its basis.
type Cost struct {
	Shape
	WorkerS   float64 // seconds of one processor, decoding included
	DatabaseS float64 // the same in the database
	Stored    float64 // bytes by which the database grows
	Logged    float64 // bytes written to the database's log
	PeakMiB   float64 // of the worker's process in that run; not scaled
}

// Costs are the stages of a season as one run has measured them.
type Costs struct {
	County County // that was measured
	WallS  float64
	Stages []Cost
}

// ReadTimings reads the table that `parus run --timings` writes. Scenes and blocks
// of the county that was run are the units of two stages. Stages of which the
// run did nothing anew, or whose database ran elsewhere, are an error: there is
// nothing to go by.
func ReadTimings(r io.Reader) (Costs, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return Costs{}, fmt.Errorf("timings: %w", err)
	}
	if len(rows) < 2 {
		return Costs{}, errors.New("timings: no rows: want the table of parus run --timings")
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	byStage := map[string]map[string]float64{}
	for _, row := range rows[1:] {
		v := map[string]float64{}
		for _, name := range []string{"units", "wall_s", "peak_mib", "cpu_s", "decoder_cpu_s", "db_cpu_s", "db_bytes", "db_log_bytes", "parcels", "households", "imagery_bytes"} {
			i, ok := at[name]
			if !ok {
				return Costs{}, fmt.Errorf("timings: no column %s: want the table of parus run --timings", name)
			}
			n, err := strconv.ParseFloat(row[i], 64)
			if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n < 0 && name != "db_bytes" {
				return Costs{}, fmt.Errorf("timings: stage %s: %s is %q: want a number; a run whose database is on another machine can't be taken", row[at["stage"]], name, row[i])
			}
			v[name] = n
		}
		byStage[row[at["stage"]]] = v
	}
	return costsOf(byStage)
}

func costsOf(byStage map[string]map[string]float64) (Costs, error) {
	v := byStage["verify"]
	c := County{Parcels: int(v["parcels"]), Households: int(v["households"]), ReadBytes: int64(v["imagery_bytes"]), Scenes: int(v["units"]),
		Blocks: int(byStage["cover"]["units"])}
	out := Costs{County: c}
	busy := 0.0
	for _, s := range Season() {
		v, ok := byStage[s.Stage]
		n := s.Basis.Of(c)
		if !ok || n <= 0 {
			return Costs{}, fmt.Errorf("timings: nothing of stage %s for a county of %d parcels, %d households and %d scenes", s.Stage, c.Parcels, c.Households, c.Scenes)
		}
		out.WallS += v["wall_s"]
		busy += v["cpu_s"] + v["decoder_cpu_s"]
		out.Stages = append(out.Stages, Cost{Shape: s, WorkerS: (v["cpu_s"] + v["decoder_cpu_s"]) / n, DatabaseS: v["db_cpu_s"] / n,
			Stored: max(0, v["db_bytes"]) / n, Logged: v["db_log_bytes"] / n, PeakMiB: v["peak_mib"]})
	}
	if busy == 0 {
		return Costs{}, errors.New("timings: the run took no processor: it had been through before; take one from an empty database")
	}
	return out, nil
}

// Sum is what one county takes of processors, in seconds, and of bytes.
func (k Costs) Sum(c County) (workerS, databaseS, stored, logged float64) {
	for _, s := range k.Stages {
		n := s.Basis.Of(c)
		workerS, databaseS, stored, logged = workerS+s.WorkerS*n, databaseS+s.DatabaseS*n, stored+s.Stored*n, logged+s.Logged*n
	}
	return workerS, databaseS, stored, logged
}
