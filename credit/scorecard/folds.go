package scorecard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"golang.org/x/sync/errgroup"
)

// sample is a table in the order of its ids, so that no result depends on the
// order of rows.
type sample struct {
	columns []Column
	names   map[string]Column
	bad     []bool
	lots    func(salt string, i int) [sha256.Size]byte // a row's number in a drawing of lots
}

// byLot puts rows in an order drawn by lot: by the hash of salt and id, so that
// a row keeps its lot whatever other rows there are.
func (s sample) byLot(rows []int, salt string) []int {
	type lot struct {
		at   int
		hash [sha256.Size]byte
	}
	lots := make([]lot, len(rows))
	for k, i := range rows {
		lots[k] = lot{i, s.lots(salt, i)}
	}
	slices.SortFunc(lots, func(x, y lot) int { return bytes.Compare(x.hash[:], y.hash[:]) })
	out := make([]int, len(rows))
	for k, l := range lots {
		out[k] = l.at
	}
	return out
}

func lotsOf(ids []string) func(string, int) [sha256.Size]byte {
	return func(salt string, i int) [sha256.Size]byte {
		b := binary.AppendUvarint(nil, uint64(len(salt)))
		return sha256.Sum256(append(append(b, salt...), ids[i]...))
	}
}

// folds deals rows into k parts with equal shares of bads.
func (s sample) folds(rows []int, k int, salt string) [][]int {
	out := make([][]int, k)
	bads, goods := s.split(rows)
	for _, class := range [][]int{bads, goods} {
		for n, i := range s.byLot(class, salt) {
			out[n%k] = append(out[n%k], i)
		}
	}
	for f := range out {
		slices.Sort(out[f])
	}
	return out
}

// split tells the bad rows from the good ones.
func (s sample) split(rows []int) (bads, goods []int) {
	for _, i := range rows {
		if s.bad[i] {
			bads = append(bads, i)
		} else {
			goods = append(goods, i)
		}
	}
	return bads, goods
}

// without lists rows that are not in part; both are sorted.
func without(rows, part []int) []int {
	var out []int
	for _, i := range rows {
		if _, in := slices.BinarySearch(part, i); !in {
			out = append(out, i)
		}
	}
	return out
}

func (s sample) outcomes(rows []int) []bool {
	out := make([]bool, len(rows))
	for k, i := range rows {
		out[k] = s.bad[i]
	}
	return out
}

// innerFolds are those whose held-out scores a card is calibrated on.
const innerFolds = 5

// trained is a card and the line that brings its log odds to those of outcomes.
type trained struct {
	pointed
	line line
}

// line is a + b·x on log odds of bad (Platt 1999).
type line struct{ intercept, slope float64 }

func (l line) pd(badLogOdds float64) float64 { return expit(l.intercept + l.slope*badLogOdds) }

// train builds a card on rows, and calibrates it on the scores of the same
// steps done without the rows scored.
func (s sample) train(ctx context.Context, rows []int, scale Scale, salt string, threads int) (trained, error) {
	card, err := build(s.columns, s.bad, rows, scale)
	if err != nil {
		return trained{}, err
	}
	scores, err := s.outOfFold(ctx, rows, scale, salt, threads)
	if err != nil {
		return trained{}, err
	}
	return trained{card, fitLine(scores, s.outcomes(rows))}, nil
}

// outOfFold are log odds of bad of rows, each by a card built without its fold.
func (s sample) outOfFold(ctx context.Context, rows []int, scale Scale, salt string, threads int) ([]float64, error) {
	parts := s.folds(rows, innerFolds, salt+" inner")
	scores := make([]float64, len(rows))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(threads)
	for _, part := range parts {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			card, err := build(s.columns, s.bad, without(rows, part), scale)
			if err != nil {
				return err
			}
			for k, v := range card.badLogOdds(s.names, part) {
				at, _ := slices.BinarySearch(rows, part[k])
				scores[at] = v
			}
			return nil
		})
	}
	return scores, group.Wait()
}

// fitLine is Platt's line. Where scores tell nothing, or the wrong way round,
// it is flat at the rate of bads.
func fitLine(badLogOdds []float64, bad []bool) line {
	bads := 0
	for _, b := range bad {
		if b {
			bads++
		}
	}
	flat := line{intercept: round9(logit(float64(bads) / float64(len(bad))))}
	if len(bad) == 0 || slices.Min(badLogOdds) == slices.Max(badLogOdds) {
		return flat
	}
	f, err := logistic([][]float64{badLogOdds}, bad)
	if err != nil || f.coef[1] <= 0 {
		return flat
	}
	return line{round9(f.coef[0]), round9(f.coef[1])}
}
