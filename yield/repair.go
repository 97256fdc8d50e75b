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
