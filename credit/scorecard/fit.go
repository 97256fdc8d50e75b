package scorecard

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"
)

// Options of a fit. Zero values take defaults.
type Options struct {
	Explore  bool      // write a card that decides nothing, on any number of outcomes
	BaseRate float64   // the population's rate of bads, where it is not the sample's
	HoldFrom time.Time // hold out rows of this day and later; zero: the latest days with enough bads
	Scale    Scale
	Folds    int // of cross-validation, 5 by default
	Repeats  int // of it, 1 by default
	Threads  int // they change no byte of the card
	// Progress, where given, is told how many cards of how many are fitted; it
	// may be called from several goroutines, one at a time.
	Progress func(done, total int)
}

// leastToFit is the least number of outcomes of each kind to fit anything:
// four bins of five.
const leastToFit = 20

func (o Options) withDefaults() (Options, error) {
	o.Folds, o.Repeats, o.Threads = cmp.Or(o.Folds, 5), cmp.Or(o.Repeats, 1), cmp.Or(o.Threads, runtime.GOMAXPROCS(0))
	o.Scale = cmp.Or(o.Scale, DefaultScale())
	s := o.Scale
	switch {
	case o.Folds < 2 || o.Repeats < 1 || o.Threads < 1:
		return o, fmt.Errorf("fit: %d folds, %d repetitions and %d threads: want 2 or more folds, and 1 or more of the others", o.Folds, o.Repeats, o.Threads)
	case !s.usable():
		return o, fmt.Errorf("fit: scale of %g points at odds of %g, %g to double them: want points within a million, and positive odds and points to double", s.Base, s.Odds, s.PDO)
	case o.BaseRate != 0 && !(o.BaseRate > 0 && o.BaseRate < 1):
		return o, fmt.Errorf("fit: base rate %g: want a share between 0 and 1", o.BaseRate)
	}
	return o, nil
}

// Fit fits a card to a table with outcomes. Without Explore it refuses columns
// that may decide nothing ([ErrForbidden]), holds out the latest rows (rows
// drawn by lot where there are no dates), and refuses below the rule of 200 bad
// outcomes and where the check on the rows held out shows no skill
// ([ErrEvidence]). With Explore it learns from all rows, and marks the card.
func Fit(ctx context.Context, t Table, o Options) (Scorecard, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Scorecard{}, err
	}
	notes, err := t.admissible(o)
	if err != nil {
		return Scorecard{}, err
	}
	t = t.sorted()
	s := sample{columns: t.Columns, names: byName(t.Columns), bad: t.Bad, lots: lotsOf(t.IDs)}
	rows, held, err := t.holdOut(s, o)
	if err != nil {
		return Scorecard{}, err
	}
	cv, err := s.crossValidate(ctx, rows, o)
	if err != nil {
		return Scorecard{}, fmt.Errorf("cross-validate: %w", err)
	}
	final, err := s.train(ctx, rows, o.Scale, "all", o.Threads)
	if err != nil {
		return Scorecard{}, fmt.Errorf("fit: %w", err)
	}
	if o.Progress != nil {
		o.Progress(o.Folds*o.Repeats+1, o.Folds*o.Repeats+1)
	}
	final.refine(s, rows)
	if len(final.chars) == 0 {
		return Scorecard{}, nothingFound(final.left)
	}
	card := final.card(t, rows, o)
	card.CrossValidation, card.Notes = cv, append(notes, card.remarks()...)
	if o.Explore {
		return card, nil
	}
	if err := card.check(s, t, held); err != nil {
		return Scorecard{}, err
	}
	return card, nil
}

// admissible refuses tables that no card can be fitted to.
func (t Table) admissible(o Options) (notes []Words, err error) {
	if t.Bad == nil {
		return nil, tableError("no target: name the column of outcomes")
	}
	bads := 0
	for _, b := range t.Bad {
		if b {
			bads++
		}
	}
	goods := len(t.Bad) - bads
	if bads == 0 || goods == 0 {
		return nil, tableError("%w: %d bad and %d good in %q: it takes both", ErrOneClass, bads, goods, t.Target)
	}
	if len(t.Columns) == 0 {
		return nil, tableError("no column is left as a characteristic")
	}
	names, forbidden := forbiddenIn(t.Columns)
	if forbidden != nil && !o.Explore {
		return nil, forbidden
	}
	for _, n := range names {
		notes = append(notes, Words{fmt.Sprintf("%q 不得用于决策，此处仅供研究", n), fmt.Sprintf("%q may never be an input of a decision; it was studied here", n)})
	}
	if bads < leastToFit || goods < leastToFit || min(bads, goods) < 2*o.Folds {
		return nil, fmt.Errorf("%w: %d bad and %d good outcomes: even to explore it takes %d of each", ErrEvidence, bads, goods, max(leastToFit, 2*o.Folds))
	}
	return notes, nil
}

// sorted puts the rows in the order of their ids, and columns in that of their
// names.
func (t Table) sorted() Table {
	order := make([]int, len(t.IDs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(t.IDs[a], t.IDs[b]) })
	out := t
	out.IDs, out.Lines, out.Bad, out.Columns = make([]string, len(order)), make([]int, len(order)), make([]bool, len(order)), make([]Column, len(t.Columns))
	if t.Dates != nil {
		out.Dates = make([]time.Time, len(order))
	}
	for k, i := range order {
		out.IDs[k], out.Lines[k], out.Bad[k] = t.IDs[i], t.Lines[i], t.Bad[i]
		if t.Dates != nil {
			out.Dates[k] = t.Dates[i]
		}
	}
	for j, c := range t.Columns {
		out.Columns[j] = Column{Name: c.Name}
		for _, i := range order {
			out.Columns[j].Cells = append(out.Columns[j].Cells, c.Cells[i])
			if c.Numbers != nil {
				out.Columns[j].Numbers = append(out.Columns[j].Numbers, c.Numbers[i])
			}
		}
	}
	slices.SortFunc(out.Columns, func(a, b Column) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// refine looks at all columns once more for what leaks the outcome.
func (f *trained) refine(s sample, rows []int) {
	bad := s.outcomes(rows)
	for i, c := range f.chars {
		f.chars[i].FineIV = max(c.IV, fineInformation(s.names[c.Name].take(rows), bad))
	}
	for i, c := range f.left {
		f.left[i].FineIV = max(c.IV, fineInformation(s.names[c.Name].take(rows), bad))
		if c.IV == 0 && f.left[i].FineIV > SuspectIV {
			f.left[i].Why = Words{"分组后每组只有一种结果", "its groups hold outcomes of one kind only"}
		}
	}
}

// card is the trained card with what it learned from.
func (f trained) card(t Table, rows []int, o Options) Scorecard {
	s := Scorecard{Use: Exploratory, Target: t.Target, Scale: o.Scale, Intercept: f.intercept, InterceptSE: round9(f.fit.se[0]), Ridge: f.fit.ridge,
		Characteristics: f.chars, Left: f.left, Training: Population{Rows: len(rows), Digest: t.digest(rows)}}
	s.Training.From, s.Training.To = t.span(rows)
	s.Scores = f.scoreShares(byName(t.Columns), rows)
	for _, c := range t.Columns {
		s.Training.Columns = append(s.Training.Columns, c.Name)
	}
	for _, i := range rows {
		if t.Bad[i] {
			s.Training.Bads++
		}
	}
	rate := float64(s.Training.Bads) / float64(len(rows))
	s.PD = PDLine{Intercept: f.line.intercept, Slope: f.line.slope, SampleRate: round9(rate), BaseRate: cmp.Or(o.BaseRate, round9(rate))}
	if o.BaseRate != 0 {
		s.PD.Intercept = round9(s.PD.Intercept + logit(o.BaseRate) - logit(rate))
	}
	slices.SortStableFunc(s.Left, func(a, b Candidate) int {
		return cmp.Or(-cmp.Compare(a.IV, b.IV), cmp.Compare(a.Name, b.Name))
	})
	return s
}

// span is the first and last date of rows, "" where there are none.
func (t Table) span(rows []int) (from, to string) {
	if t.Dates == nil || len(rows) == 0 {
		return "", ""
	}
	first, last := t.Dates[rows[0]], t.Dates[rows[0]]
	for _, i := range rows {
		if t.Dates[i].Before(first) {
			first = t.Dates[i]
		}
		if t.Dates[i].After(last) {
			last = t.Dates[i]
		}
	}
	return first.Format(time.DateOnly), last.Format(time.DateOnly)
}

// digest is SHA-256 over what the rows hold.
func (t Table) digest(rows []int) string {
	h := sha256.New()
	line := json.NewEncoder(h)
	for _, c := range t.Columns {
		_ = line.Encode(c.Name) // a hash takes everything
	}
	for _, i := range rows {
		record := []any{t.IDs[i], t.Bad[i]}
		if t.Dates != nil {
			record = append(record, t.Dates[i].Format(time.DateOnly))
		}
		for _, c := range t.Columns {
			record = append(record, c.Cells[i])
		}
		_ = line.Encode(record)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// remarks are what a reader of the card should know.
func (s Scorecard) remarks() (notes []Words) {
	for _, c := range s.Characteristics {
		if c.FineIV > SuspectIV {
			notes = append(notes, suspicion(c.Name, c.FineIV))
		}
	}
	for _, c := range s.Left {
		if c.FineIV > SuspectIV {
			notes = append(notes, suspicion(c.Name, c.FineIV))
		}
	}
	if s.Ridge > 0 {
		notes = append(notes, Words{fmt.Sprintf("部分特征把好坏完全分开：回归采用岭惩罚 %g，标准误为带惩罚的标准误", s.Ridge),
			fmt.Sprintf("goods and bads are told apart completely by some characteristics: the regression took a ridge of %g, and its errors are those of the penalised fit", s.Ridge)})
	}
	if s.PD.Slope == 0 {
		notes = append(notes, Words{"留出样本上评分没有区分力：所有人都得到基准违约率", "on held-out rows the score tells nothing: every applicant gets the base rate"})
	}
	return notes
}

func suspicion(name string, iv float64) Words {
	return Words{fmt.Sprintf("%q 好得不真实：IV %.2f。它是否含有放款之后才知道的信息？若是，请用 --ignore 排除", name, iv),
		fmt.Sprintf("%q is too good to be true: information value %.2f. Does it hold what was known only after the loan was given? If so, leave it out with --ignore", name, iv)}
}

func nothingFound(left []Candidate) error {
	best := Candidate{IV: math.Inf(-1)}
	for _, c := range left {
		if c.IV > best.IV || c.IV == best.IV && c.FineIV > best.FineIV {
			best = c
		}
	}
	if best.FineIV > SuspectIV {
		return fmt.Errorf("fit: %w: %s", errNoCharacteristic, suspicion(best.Name, best.FineIV).EN)
	}
	return fmt.Errorf("fit: %w: the best was %q with an information value of %.4f: %s", errNoCharacteristic, best.Name, best.IV, best.Why.EN)
}

var errNoCharacteristic = errors.New("no column tells bads from goods")
