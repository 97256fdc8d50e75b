package report

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
)

// householdTable lists the households with the highest lines.
type householdTable struct {
	Rows    []householdRow
	Rest    int   // households not shown
	RestFen int64 // their lines
}

type householdRow struct {
	Household
	Binding Words
	Due     string
	Words   []reasonRow
}

type reasonRow struct {
	Name, Lift Words
	EffectFen  int64
}

// newHouseholdTable takes households in order of id and ranks them by line.
func newHouseholdTable(households []Household) householdTable {
	ranked := slices.Clone(households)
	slices.SortStableFunc(ranked, func(a, b Household) int {
		if a.Undecided != b.Undecided {
			if a.Undecided {
				return 1
			}
			return -1
		}
		return cmp.Compare(b.LineFen, a.LineFen)
	})
	var t householdTable
	for i, h := range ranked {
		if i >= maxHouseholds {
			t.Rest++
			if h.hasLine() {
				t.RestFen += h.LineFen
			}
			continue
		}
		row := householdRow{Household: h, Binding: h.binding(), Due: day(h.DueDate)}
		for _, r := range h.Reasons {
			row.Words = append(row.Words, reasonRow{reasonWords(r.Code), Words{r.LiftZh, r.LiftEn}, r.EffectFen})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// attentionTable lists the parcels that somebody should look at, the largest
// first.
type attentionTable struct {
	Rows   []attentionRow
	Total  int
	Rest   int // parcels not shown
	Causes []cause
}

type attentionRow struct {
	Parcel
	Crop Words
	Why  []Words
}

type cause struct {
	Name    Words
	Parcels int
}

func causes() []cause {
	return []cause{
		{Name: Words{"没有图形", "no shape"}},
		{Name: Words{"没有有效观测", "no valid observation"}},
		{Name: Words{"匹配概率低于 0.5", "match probability below 0.5"}},
		{Name: Words{"作物不作判断", "crop abstained"}},
		{Name: Words{"作物概率低于 0.6", "crop probability below 0.6"}},
		{Name: Words{"没有产量估计", "no yield estimate"}},
		{Name: Words{"受灾", "harmed"}},
	}
}

// applies tells which causes, by their order, hold for p. One that follows
// from an earlier one is not repeated.
func (p Parcel) applies() []int {
	var out []int
	if len(p.Shape) == 0 {
		out = append(out, 0)
	}
	if p.ValidObservations == 0 && len(p.Shape) > 0 {
		out = append(out, 1)
	}
	if p.MatchP < lowMatch {
		out = append(out, 2)
	}
	switch {
	case p.Abstained:
		out = append(out, 3)
	case p.PCrop < lowCrop:
		out = append(out, 4)
	}
	if !known(p.YieldP50KgPerHa) && len(out) == 0 {
		out = append(out, 5)
	}
	if slices.ContainsFunc(p.Hazards, func(h Hazard) bool { return h.Confirmed }) {
		out = append(out, 6)
	}
	return out
}

func newAttentionTable(s Season, parcels []Parcel) attentionTable {
	t := attentionTable{Causes: causes()}
	for _, p := range parcels {
		why := p.applies()
		if len(why) == 0 {
			continue
		}
		row := attentionRow{Parcel: p, Crop: s.cropWords(p.Crop)}
		for _, i := range why {
			t.Causes[i].Parcels++
			row.Why = append(row.Why, t.Causes[i].Name)
		}
		if p.Reason != "" {
			row.Why = append(row.Why, Words{Zh: p.Reason})
		}
		for _, h := range p.Hazards {
			row.Why = append(row.Why, Words{h.Zh, h.En})
		}
		t.Rows = append(t.Rows, row)
	}
	slices.SortStableFunc(t.Rows, func(a, b attentionRow) int { return cmp.Compare(orZero(b.AreaHa), orZero(a.AreaHa)) })
	t.Causes = slices.DeleteFunc(t.Causes, func(c cause) bool { return c.Parcels == 0 })
	t.Total = len(t.Rows)
	t.Rows = cut(t.Rows, maxAttention)
	t.Rest = t.Total - len(t.Rows)
	return t
}

// curveFigure is the curve of the largest parcel of a crop.
type curveFigure struct {
	Parcel
	Crop Words
	SVG  template.HTML
}

// newCurves picks the largest parcel with a curve of each crop, the crops in
// order of their area.
func newCurves(s Season, parcels []Parcel) []curveFigure {
	largest := map[string]Parcel{}
	for _, p := range parcels {
		if best, ok := largest[p.Crop]; p.hasCurve() && (!ok || orZero(p.AreaHa) > orZero(best.AreaHa)) {
			largest[p.Crop] = p
		}
	}
	var out []curveFigure
	for _, c := range cropTotals(s, parcels) {
		if p, ok := largest[c.Code]; ok && len(out) < maxCurves {
			out = append(out, curveFigure{p, c.Name, drawCurve(p, p.ID+" "+c.Name.plain())})
		}
	}
	return out
}

// outcomeTables counts the outcomes by stage and names what failed.
type outcomeTables struct {
	Stages []stageRow
	Failed []Outcome
	Rest   int         // failures not shown
	Skips  []skipCount // why items were skipped, most frequent first
	Notes  []skipCount // on how crops were recognised
	Total  stageRow
}

type stageRow struct {
	Name                         Words
	Code                         string
	Done, Skipped, Failed, Other int
}

type skipCount struct {
	Stage  Words
	Reason string
	Items  int
}

func newOutcomeTables(outcomes []Outcome) outcomeTables {
	var t outcomeTables
	at := map[string]int{}
	skips, notes := map[[2]string]int{}, map[[2]string]int{}
	for _, o := range outcomes {
		i, ok := at[o.Stage]
		if !ok {
			i = len(t.Stages)
			at[o.Stage] = i
			t.Stages = append(t.Stages, stageRow{Name: stageWords(o.Stage), Code: o.Stage})
		}
		t.Stages[i].add(o.Outcome)
		t.Total.add(o.Outcome)
		switch o.Outcome {
		case "failed":
			t.Failed = append(t.Failed, o)
		case "skipped":
			skips[[2]string{o.Stage, o.Reason}]++
		case "done":
			if o.Stage == cropStage && o.Reason != "" {
				notes[[2]string{o.Stage, o.Reason}]++
			}
		}
	}
	t.Skips, t.Notes = counted(skips), counted(notes)
	slices.SortFunc(t.Stages, func(a, b stageRow) int { return compareStages(a.Code, b.Code) })
	slices.SortStableFunc(t.Failed, func(a, b Outcome) int { return compareStages(a.Stage, b.Stage) })
	t.Rest = max(len(t.Failed)-maxFailures, 0)
	t.Failed = cut(t.Failed, maxFailures)
	return t
}

// cropStage recognises crops; what it notes, such as how early in the season it
// spoke, bears on every line.
const cropStage = "recognise"

// counted lists stage and reason by how often they come, the most frequent first.
func counted(n map[[2]string]int) []skipCount {
	var out []skipCount
	for k, items := range n {
		out = append(out, skipCount{stageWords(k[0]), k[1], items})
	}
	slices.SortFunc(out, func(a, b skipCount) int {
		return cmp.Or(cmp.Compare(b.Items, a.Items), strings.Compare(a.Stage.Zh, b.Stage.Zh), strings.Compare(a.Reason, b.Reason))
	})
	return cut(out, maxSkips)
}

func (r *stageRow) add(outcome string) {
	switch outcome {
	case "done":
		r.Done++
	case "skipped":
		r.Skipped++
	case "failed":
		r.Failed++
	default:
		r.Other++
	}
}
