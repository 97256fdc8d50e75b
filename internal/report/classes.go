package report

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// mapCrops is how many crops get a class of their own on the map; the rest,
// by area, are drawn as one.
const mapCrops = 10

// letter names class i: A, B, … Z.
func letter(i int) string { return string(rune('A' + i%26)) }

// cropClasses sorts the parcels into classes by crop. Those that abstained and
// those without a crop come last, in classes of their own. It returns the
// class of each parcel, the classes, and the definitions of their fills.
func cropClasses(s Season, parcels []Parcel) ([]int, []mapClass, string) {
	crops := cropTotals(s, parcels)
	index := map[string]int{}
	var classes []mapClass
	var defs strings.Builder
	for i, c := range crops {
		if i == mapCrops {
			break
		}
		id := "c" + letter(i)
		defs.WriteString(pattern(id, cropColour(c.Code), i))
		index[c.Code] = i
		classes = append(classes, mapClass{Letter: letter(i), Name: c.Name, Fill: "url(#" + id + ")"})
	}
	other := len(classes)
	defs.WriteString(pattern("cother", "#9aa3ad", 2))
	defs.WriteString(voids)
	classes = append(classes,
		mapClass{Letter: "…", Name: Words{"其他作物", "other crops"}, Fill: "url(#cother)"},
		mapClass{Letter: "?", Name: Words{"不作判断", "abstained"}, Fill: "url(#cabstained)"},
		mapClass{Letter: "∅", Name: Words{"无结果", "no result"}, Fill: "url(#cvoid)"})
	of := make([]int, len(parcels))
	for i, p := range parcels {
		switch k, ok := index[p.Crop]; {
		case p.Abstained:
			of[i] = other + 1
		case p.Crop == "":
			of[i] = other + 2
		case ok:
			of[i] = k
		default:
			of[i] = other
		}
	}
	return of, classes, defs.String()
}

// voids defines the fills of what has no class: paper with few or no marks.
const voids = `<pattern id="cabstained" width="80" height="80" patternUnits="userSpaceOnUse"><rect width="80" height="80" class="blank"/><path class="voidmark" d="M-20 20L20-20M0 80L80 0M60 100L100 60"/></pattern>` +
	`<pattern id="cvoid" width="80" height="80" patternUnits="userSpaceOnUse"><rect width="80" height="80" class="blank"/><circle class="voiddot" cx="40" cy="40" r="9"/></pattern>`

// lineClasses sorts the parcels into classes by the line of their household:
// up to five steps of about equal numbers of households, with round edges.
func lineClasses(s Season, parcels []Parcel) ([]int, []mapClass) {
	line := make(map[string]Household, len(s.Households))
	var given []float64
	for _, h := range s.Households {
		line[h.ID] = h
		if h.hasLine() {
			given = append(given, float64(h.LineFen)/100)
		}
	}
	edges := roundQuantiles(given, 5)
	classes := make([]mapClass, 0, len(edges)+2)
	for i := range edges {
		lo, hi := 0.0, edges[i]
		if i > 0 {
			lo = edges[i-1]
		}
		classes = append(classes, mapClass{Letter: string(rune('1' + i)), Name: Words{Zh: rangeOf(lo, hi, i == 0)}, Fill: "var(--s" + string(rune('1'+i+(5-len(edges))/2)) + ")"})
	}
	none := len(classes)
	classes = append(classes,
		mapClass{Letter: "0", Name: Words{"无额度", "no line"}, Fill: "url(#cabstained)"},
		mapClass{Letter: "∅", Name: Words{"未决定", "undecided"}, Fill: "url(#cvoid)"})
	of := make([]int, len(parcels))
	for i, p := range parcels {
		h, ok := line[p.HouseholdID]
		switch {
		case !ok || h.Undecided:
			of[i] = none + 1
		case h.LineFen <= 0:
			of[i] = none
		default:
			k, _ := slices.BinarySearch(edges, float64(h.LineFen)/100)
			of[i] = min(k, none-1)
		}
	}
	return of, classes
}

func rangeOf(lo, hi float64, first bool) string {
	if first {
		return "≤ " + grouped(hi, 0)
	}
	return grouped(lo, 0) + " – " + grouped(hi, 0)
}

// roundQuantiles returns up to n ascending upper edges that split the values
// into parts of about one size, rounded up to two figures, the last one at or
// above the greatest value.
func roundQuantiles(values []float64, n int) []float64 {
	sorted := knownSorted(values)
	if len(sorted) == 0 {
		return nil
	}
	var out []float64
	for i := 1; i <= n; i++ {
		q := quantile(sorted, float64(i)/float64(n))
		unit := math.Pow(10, math.Floor(math.Log10(math.Max(q, 1)))-1)
		edge := math.Ceil(q/unit-1e-9) * unit
		if len(out) == 0 || edge > out[len(out)-1] {
			out = append(out, edge)
		}
	}
	return out
}

// cropTotal sums the parcels whose best class is one crop.
type cropTotal struct {
	Code      string
	Name      Words
	Parcels   int
	Abstained int
	AreaHa    float64 // all of them
	LikelyHa  float64 // Σ area × p_crop: what the posterior expects of this class among them
	Yield     spread
}

// cropTotals sums by best class, the largest area first.
func cropTotals(s Season, parcels []Parcel) []cropTotal {
	by := map[string]*cropTotal{}
	p10, p90 := map[string][]float64{}, map[string][]float64{}
	var order []*cropTotal
	for _, p := range parcels {
		if p.Crop == "" {
			continue
		}
		t, ok := by[p.Crop]
		if !ok {
			t = &cropTotal{Code: p.Crop, Name: s.cropWords(p.Crop)}
			by[p.Crop], order = t, append(order, t)
		}
		t.Parcels++
		if p.Abstained {
			t.Abstained++
		}
		t.AreaHa += orZero(p.AreaHa)
		t.LikelyHa += orZero(p.AreaHa) * orZero(p.PCrop)
		t.Yield.P50 = append(t.Yield.P50, p.YieldP50KgPerHa/muPerHa)
		p10[p.Crop], p90[p.Crop] = append(p10[p.Crop], p.YieldP10KgPerHa/muPerHa), append(p90[p.Crop], p.YieldP90KgPerHa/muPerHa)
	}
	out := make([]cropTotal, len(order))
	for i, t := range order {
		t.Yield.Name = t.Name
		t.Yield.P50 = knownSorted(t.Yield.P50)
		t.Yield.P10Mid = quantile(knownSorted(p10[t.Code]), .5)
		t.Yield.P50Mid = quantile(t.Yield.P50, .5)
		t.Yield.P90Mid = quantile(knownSorted(p90[t.Code]), .5)
		out[i] = *t
	}
	slices.SortFunc(out, func(a, b cropTotal) int {
		return cmp.Or(cmp.Compare(b.AreaHa, a.AreaHa), strings.Compare(a.Code, b.Code))
	})
	return out
}
