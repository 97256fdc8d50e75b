package scorecard

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// heldShare is the share of bads that is held out at least.
const heldShare = 0.2

// holdOut splits rows into those to learn from and those to check on: none of
// the latter where the card is to be studied only.
func (t Table) holdOut(s sample, o Options) (rows, held []int, err error) {
	all := make([]int, len(t.IDs))
	for i := range all {
		all[i] = i
	}
	if o.Explore {
		return all, nil, nil
	}
	bads, goods := s.split(all)
	if few := LeastBads + LeastHeldOutBads; len(bads) < few {
		return nil, nil, enough(max(0, len(bads)-LeastHeldOutBads), len(goods), min(len(bads), LeastHeldOutBads))
	}
	want := max(LeastHeldOutBads, int(math.Ceil(heldShare*float64(len(bads)))))
	if t.Dates != nil {
		held, err = t.latest(all, want, o.HoldFrom)
	} else {
		held = drawn(s, bads, goods, want)
	}
	if err != nil {
		return nil, nil, err
	}
	rows = without(all, held)
	b, g := s.split(rows)
	hb, hg := s.split(held)
	if err := enough(len(b), len(g), len(hb)); err != nil {
		return nil, nil, err
	}
	if len(hg) == 0 {
		return nil, nil, fmt.Errorf("%w: the rows held out hold no good outcome: hold out from an earlier day", ErrEvidence)
	}
	return rows, held, nil
}

// latest lists the rows of a day and later: of the given one, else of the latest
// with at least want bads from there on.
func (t Table) latest(all []int, want int, from time.Time) ([]int, error) {
	if from.IsZero() {
		var days []time.Time
		for i, d := range t.Dates {
			if t.Bad[i] {
				days = append(days, d)
			}
		}
		slices.SortFunc(days, func(a, b time.Time) int { return b.Compare(a) })
		from = days[want-1]
	}
	var held []int
	for _, i := range all {
		if !t.Dates[i].Before(from) {
			held = append(held, i)
		}
	}
	if len(held) == len(all) {
		return nil, fmt.Errorf("%w: all rows are of %s or later: with so few days nothing is left to learn from before the %d bad outcomes that are held out",
			ErrEvidence, from.Format(time.DateOnly), want)
	}
	return held, nil
}

// drawn lists rows drawn by lot: want bads, and goods in the same proportion.
func drawn(s sample, bads, goods []int, want int) []int {
	n := len(goods) * want / len(bads)
	held := append(s.byLot(bads, "held out")[:want:want], s.byLot(goods, "held out")[:n]...)
	slices.Sort(held)
	return held
}

// check measures the card on the rows held out, and marks it for decisions
// where it stands.
func (s *Scorecard) check(d sample, t Table, held []int) error {
	at := make([]Column, len(s.Characteristics))
	for j, c := range s.Characteristics {
		at[j] = d.names[c.Name]
	}
	pd := make([]float64, len(held))
	bins, marks := make([]int, len(at)), s.marks()
	for k, i := range held {
		for j, c := range s.Characteristics {
			bins[j] = c.places(at[j], []int{i})[0]
		}
		pd[k] = s.predict(bins, marks).PD
	}
	q, err := Evaluate(pd, d.outcomes(held))
	if err != nil {
		return fmt.Errorf("rows held out: %w", err)
	}
	h := HeldOut{ByDate: t.Dates != nil, Quality: q}
	h.From, h.To = t.span(held)
	s.HeldOut = &h
	if !h.ByDate {
		s.Notes = append(s.Notes, Words{"留出样本由抽签产生，不是时间外样本：评分卡随时间的衰减未知。提供日期列（--date）即可检验",
			"rows were held out by lot, not by time: how the card ages is not known. A column of dates (--date) would tell"})
	}
	s.Notes = append(s.Notes, h.astray(s.PD)...)
	s.Use = Decisions
	return s.Decides()
}

// astray says where the rate seen on the rows held out is not the one stated,
// by more than chance does (1.96 standard errors).
func (h HeldOut) astray(l PDLine) []Words {
	seen := float64(h.Bads) / float64(h.Rows)
	if l.BaseRate != l.SampleRate || math.Abs(seen-h.MeanPD) <= 1.96*math.Sqrt(h.MeanPD*(1-h.MeanPD)/float64(h.Rows)) {
		return nil
	}
	return []Words{{fmt.Sprintf("留出样本坏账率 %.2f %%，评分卡给出 %.2f %%：违约水平已变，请用 --base-rate 说明现在的水平", 100*seen, 100*h.MeanPD),
		fmt.Sprintf("of the rows held out %.2f %% are bad, the card states %.2f %%: the level has moved; state the present one with --base-rate", 100*seen, 100*h.MeanPD)}}
}
