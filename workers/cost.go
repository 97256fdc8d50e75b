package workers

import (
	"cmp"
	"math"

	"parus/internal/season"
)

// basis is what a stage's cost grows with.
type basis int

const (
	perUnit        basis = iota // a scene
	perSceneParcel              // a parcel in a scene: what is read and measured grows with the land under the parcels, however it is cut
	perParcel                   // of the county, whatever blocks it is cut into
	perHousehold                //
)

// figure is what one of a basis costs without any earlier run to go by.
type figure struct {
	basis       basis
	seconds     float64 // of one processor
	memoryBytes float64 // of the worker, beside what all units take
	diskBytes   float64
}

// builtin are the figures of the generated county of 2,000 households (8,000
// parcels, 36 scenes of 1,024 pixels a side, one block), measured with two units
// at once; docs/operations.md has the command. They are rough: other machines
// are off by several times. Observing is measured on 20,000 households too, whose
// scenes have twelve times the pixels (docs/results.md).
func builtin() map[string]figure {
	return map[string]figure{
		stageVerify:    {perUnit, 0.4, 0, 4 << 10},
		stageCover:     {perParcel, 300e-6, 1 << 10, 600},
		stageObserve:   {perSceneParcel, 19e-6, 260, 100},
		stageAssemble:  {perParcel, 500e-6, 16 << 10, 4 << 10},
		stageReconcile: {perParcel, 1.5e-3, 16 << 10, 200},
		stageRecognise: {perParcel, 1.5e-3, 18 << 10, 300},
		stageEstimate:  {perParcel, 400e-6, 4 << 10, 2 << 10},
		stageWatch:     {perParcel, 300e-6, 4 << 10, 100},
		stageDecide:    {perHousehold, 4e-3, 12 << 10, 24 << 10},
		stagePublish:   {perParcel, 200e-6, 0, 3 << 10},
	}
}

const (
	// stageLagS is what a stage takes on the clock beside its units: the
	// reconciler looks once a second or is woken, an idle worker five times a
	// second.
	stageLagS = 0.4
	// unknownFactor is how far off built-in figures may be, either way.
	unknownFactor = 4
	// oneRunShare is by how much the next run may differ from the only one that
	// was measured: another load of the machine, caches that are cold.
	oneRunShare = 0.3
)

// County is what a run's cost grows with.
type County struct {
	Parcels, Households int
	Scenes              int // of the season; 0: a unit of observing each, as in a county of one block
}

func (c County) of(b basis, units int) float64 {
	switch b {
	case perSceneParcel:
		return float64(cmp.Or(c.Scenes, units)) * float64(c.Parcels)
	case perParcel:
		return float64(c.Parcels)
	case perHousehold:
		return float64(c.Households)
	default: // perUnit
		return float64(units)
	}
}

// Estimate tells what planned stages will cost with so many units at once. It
// goes by what the stages cost in earlier runs, and by built-in figures where there are
// none. The spread of a stage joins that of its units and that between runs,
// two standard deviations either way; those of stages add up, since a busy
// machine slows all of them.
func Estimate(plan []season.StagePlan, costs []season.StageCost, c County, threads int) season.Estimate {
	e := season.Estimate{Threads: max(1, threads)}
	for _, p := range plan {
		if p.Stage == stageVerify {
			c.Scenes = p.Units
		}
	}
	verified := map[int64]int{}
	for _, k := range costs {
		if k.Stage == stageVerify {
			verified[k.Run] = k.Units
		}
	}
	for _, p := range plan {
		var known []cost
		for _, k := range costs {
			if k.Stage == p.Stage && k.Units > 0 {
				known = append(known, cost{k, verified[k.Run]})
			}
		}
		e.Stages = append(e.Stages, estimateStage(p, known, c, e.Threads))
	}
	return e
}

// cost is what a stage has cost a run of so many scenes.
type cost struct {
	season.StageCost
	scenes int
}

func estimateStage(p season.StagePlan, known []cost, c County, threads int) season.StageEstimate {
	out := season.StageEstimate{StagePlan: p, Runs: len(known)}
	if p.ToDo() <= 0 {
		return out
	}
	f := builtin()[p.Stage]
	amount := c.of(f.basis, p.Units) * float64(p.ToDo()) / float64(p.Units)
	low, high := 1.0/unknownFactor, float64(unknownFactor)
	if len(known) > 0 {
		var share float64
		f, share = measured(f, known, p)
		low, high = 1/(1+2*share), 1+2*share
	}
	out.BusyS = f.seconds * amount
	wall := out.BusyS / float64(min(threads, p.ToDo()))
	out.WallS, out.LowS, out.HighS = wall+stageLagS, wall*low+stageLagS, wall*high+stageLagS
	out.MemoryBytes = int64(f.memoryBytes * amount / float64(p.ToDo()))
	out.DiskBytes = int64(f.diskBytes * amount)
	return out
}

// measured is a figure by what earlier runs cost, with the standard deviation
// of a stage's total as a share of it.
func measured(f figure, known []cost, p season.StagePlan) (figure, float64) {
	var units, busy, squares, of, stored float64
	var rates []float64
	f.memoryBytes = 0
	for _, k := range known {
		n := County{k.Parcels, k.Households, k.scenes}.of(f.basis, k.Units)
		if n == 0 {
			continue
		}
		units, busy, squares, of = units+float64(k.Units), busy+k.BusyS, squares+k.SquaresS2, of+n
		stored += k.StoredBytes * float64(k.Units)
		rates = append(rates, k.BusyS/n)
		// Each of a basis, by the largest unit: it was one of k.Units equal shares.
		f.memoryBytes = math.Max(f.memoryBytes, float64(k.PeakBytes)*float64(k.Units)/n)
	}
	if of == 0 || busy <= 0 {
		return f, unknownFactor - 1
	}
	f.seconds = busy / of
	if stored > 0 {
		f.diskBytes = stored / of
	}
	if f.memoryBytes == 0 {
		f.memoryBytes = builtin()[p.Stage].memoryBytes
	}
	mean := busy / units
	unit := math.Sqrt(math.Max(0, squares/units-mean*mean)) / mean / math.Sqrt(float64(p.ToDo()))
	between := oneRunShare
	if len(rates) > 1 {
		between = spreadOfRates(rates, f.seconds)
	}
	return f, math.Hypot(unit, between)
}

// spreadOfRates is the standard deviation of runs' rates as a share of their
// mean, not below a tenth: few runs are no proof of sameness.
func spreadOfRates(rates []float64, mean float64) float64 {
	var sum float64
	for _, r := range rates {
		sum += (r - mean) * (r - mean)
	}
	return math.Max(0.1, math.Sqrt(sum/float64(len(rates)-1))/mean)
}

// UnitMemory is what one of a stage's units is expected to take in its worker,
// in bytes.
func UnitMemory(costs []season.StageCost, c County, stage string, units int) int64 {
	if units <= 0 {
		return 0
	}
	e := Estimate([]season.StagePlan{{Stage: stage, Units: units}}, costs, c, 1)
	return e.Stages[0].MemoryBytes
}
