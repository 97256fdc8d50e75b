package yield

import (
	"fmt"
	"math"
)

// usualUnits are the units in which yields are written by mistake, as the
// factor that turns them into kg/ha where that is meant: 15 mu are a hectare, a
// jin is half a kilogram.
func usualUnits() []unitOfYield {
	return []unitOfYield{{"kg/mu", 15}, {"jin/mu", 7.5}, {"t/ha", 1000}, {"kg/ha", 1}}
}

type unitOfYield struct {
	name   string
	factor float64
}

// unitTolerance is how far, as a factor, a value may lie from its region's
// median and still be read in another unit: less than the √2 that would make
// kg/mu and jin/mu alike.
const unitTolerance = 1.35

// repaired is the table with single values in another unit than the rest of
// their region's years turned into it, each with a note; other outliers stay,
// since the model weighs them down. Regions with fewer than five years are left
// alone.
func (t Table) repaired() (Table, []string) {
	byKey := map[string][]int{}
	for i, k := range t.Keys {
		byKey[k] = append(byKey[k], i)
	}
	t = t.rows(allRows(len(t.Keys)))
	var notes []string
	for _, k := range distinct(t.Keys) {
		rows := byKey[k]
		if len(rows) < 5 {
			continue
		}
		values := make([]float64, len(rows))
		for j, i := range rows {
			values[j] = t.Target[i]
		}
		middle := median(values)
		for _, i := range rows {
			if v, unit, ok := inUnitOf(t.Target[i], middle); ok {
				notes = append(notes, fmt.Sprintf("%s %d: %g read as %s, as the region's other years tell", k, t.Years[i], t.Target[i], unit))
				t.Target[i] = v
			}
		}
	}
	return t, notes
}

// inUnitOf turns a value that is far from middle into its unit, where a usual
// unit explains the difference.
func inUnitOf(v, middle float64) (turned float64, unit string, ok bool) {
	if !(v > 0 && middle > 0) || v > middle/4 && v < middle*4 {
		return v, "", false
	}
	for _, u := range usualUnits() {
		for _, f := range []float64{u.factor, 1 / u.factor} {
			if x := v * f; f != 1 && math.Abs(math.Log(x/middle)) < math.Log(unitTolerance) {
				if f < 1 {
					return x, fmt.Sprintf("%g times the rest", u.factor), true
				}
				return x, u.name, true
			}
		}
	}
	return v, "", false
}

func allRows(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// A series is read in another unit than kg/ha only where its median lies below
// a third of the national yield and the unit brings it within this factor of it.
const levelTolerance = 1.8

// levelOf is the level of a county's figures in kg/ha.
func levelOf(middle, nationalKgPerHa float64) float64 {
	if middle > nationalKgPerHa/3 && middle < mostPlausible*nationalKgPerHa {
		return middle
	}
	level, nearest := middle, math.Log(levelTolerance)
	for _, u := range usualUnits() {
		if d := math.Abs(math.Log(middle * u.factor / nationalKgPerHa)); d < nearest {
			level, nearest = middle*u.factor, d
		}
	}
	return level
}

// readYield returns a county's figure in kg/ha, given the level of its figures;
// word says what was done to it. One that no usual unit brings to the level,
// and that is implausible as it stands, is refused with ok false.
func readYield(v, level, nationalKgPerHa float64) (kgPerHa float64, word string, ok bool) {
	plausible := v >= leastPlausible*nationalKgPerHa && v <= mostPlausible*nationalKgPerHa
	switch {
	case !(v > 0):
		return v, "implausible", false
	case plausible && v > level/4 && v < level*4:
		return v, "", true
	}
	best, nearest := unitOfYield{}, math.Ln2 // at most a factor of 2 from the level
	for _, u := range usualUnits() {
		x := v * u.factor
		if d := math.Abs(math.Log(x / level)); u.factor != 1 && d < nearest && x >= leastPlausible*nationalKgPerHa && x <= mostPlausible*nationalKgPerHa {
			best, nearest = u, d
		}
	}
	if best.factor > 0 {
		return v * best.factor, "read as " + best.name, true
	}
	if plausible {
		return v, "", true
	}
	return v, "implausible", false
}

// A change of level must be this large and stay for three years.
const (
	leastJump   = 0.15
	jumpSDs     = 5.0
	besideAJump = 3
)

// brokenLevel finds a lasting change of level, as after a county's borders
// moved: a step between two years that lies beyond five robust SDs of the other
// steps, with the medians of three years on either side as far apart. ratio is
// new over old; at is the first year of the new level, 0 where there is none.
func brokenLevel(values []float64) (at int, ratio float64) {
	if len(values) < 2*besideAJump+1 {
		return 0, 1
	}
	steps := make([]float64, len(values)-1)
	for i := range steps {
		steps[i] = math.Log(values[i+1] / values[i])
	}
	usual := median(steps)
	for i := range steps {
		steps[i] -= usual
	}
	s := robustSD(steps)
	for i := besideAJump; i+besideAJump <= len(values); i++ {
		jump := math.Log(median(values[i:i+besideAJump]) / median(values[i-besideAJump:i]))
		if math.Abs(steps[i-1]) <= math.Max(jumpSDs*s, leastJump) || jump*steps[i-1] < 0 || math.Abs(jump) < 0.75*math.Abs(steps[i-1]) {
			continue
		}
		if at == 0 || math.Abs(jump) > math.Abs(math.Log(ratio)) {
			at, ratio = i, math.Exp(jump)
		}
	}
	if at == 0 {
		return 0, 1
	}
	return at, ratio
}
