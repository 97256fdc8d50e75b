package scorecard

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Errors of metrics that a caller may branch on.
var (
	// ErrOneClass means that all outcomes are alike, so nothing can be ranked.
	ErrOneClass = errors.New("only one kind of outcome")
	// ErrNoRows means that there is nothing to measure.
	ErrNoRows = errors.New("no rows")
)

// AUC is the chance that a bad outcome has a higher score than a good one,
// ties counting half, and its standard error by DeLong, DeLong and
// Clarke-Pearson (1988) with the midranks of Sun and Xu (2014). A score is a
// risk, such as a probability of default: pass points, which are high for good
// applicants, with their sign turned. se is NaN where a class has one row.
func AUC(score []float64, bad []bool) (auc, se float64, err error) {
	groups, bads, goods, err := tied("AUC", score, bad)
	if err != nil {
		return 0, 0, err
	}
	m, n := float64(bads), float64(goods)
	// A row of a group of ties has a good share below it and half of its own
	// group: the placement value. Working downwards the same holds for goods.
	var below tie
	for _, g := range groups {
		auc += float64(g.bads) * (float64(below.goods) + float64(g.goods)/2)
		below.goods += g.goods
	}
	auc /= m * n
	below = tie{}
	var ofBads, ofGoods float64 // sums of squares about the mean
	for _, g := range groups {
		v10 := (float64(below.goods)+float64(g.goods)/2)/n - auc
		v01 := 1 - (float64(below.bads)+float64(g.bads)/2)/m - auc
		ofBads += float64(g.bads) * v10 * v10
		ofGoods += float64(g.goods) * v01 * v01
		below.bads, below.goods = below.bads+g.bads, below.goods+g.goods
	}
	return auc, math.Sqrt(ofBads/(m-1)/m + ofGoods/(n-1)/n), nil
}

// KS is the greatest distance between the cumulative shares of bads and goods
// over the score (Kolmogorov-Smirnov), from 0 to 1. The direction of the score
// does not matter.
func KS(score []float64, bad []bool) (float64, error) {
	ks, _, err := ksWithError(score, bad)
	return ks, err
}

// ksWithError is KS and the standard error of the difference of the two shares
// at its threshold, as if that had been chosen beforehand.
func ksWithError(score []float64, bad []bool) (ks, se float64, err error) {
	groups, bads, goods, err := tied("KS", score, bad)
	if err != nil {
		return 0, 0, err
	}
	m, n := float64(bads), float64(goods)
	var below tie
	for _, g := range groups {
		below.bads, below.goods = below.bads+g.bads, below.goods+g.goods
		ofBads, ofGoods := float64(below.bads)/m, float64(below.goods)/n
		if d := math.Abs(ofBads - ofGoods); d > ks {
			ks, se = d, math.Sqrt(ofBads*(1-ofBads)/m+ofGoods*(1-ofGoods)/n)
		}
	}
	return ks, se, nil
}

// tie is what lies on one value of the score.
type tie struct{ bads, goods int }

// tied groups rows of equal score, in rising order.
func tied(what string, score []float64, bad []bool) (groups []tie, bads, goods int, err error) {
	if err := finite(what, score, bad); err != nil {
		return nil, 0, 0, err
	}
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
		if bad[i] {
			bads++
		}
	}
	goods = len(score) - bads
	if bads == 0 || goods == 0 {
		return nil, 0, 0, fmt.Errorf("%s: %w: %d bad and %d good: it takes both", what, ErrOneClass, bads, goods)
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case score[a] < score[b]:
			return -1
		case score[a] > score[b]:
			return 1
		}
		return 0
	})
	for k, i := range order {
		if k == 0 || score[i] != score[order[k-1]] {
			groups = append(groups, tie{})
		}
		g := &groups[len(groups)-1]
		if bad[i] {
			g.bads++
		} else {
			g.goods++
		}
	}
	return groups, bads, goods, nil
}

// finite refuses lists of unequal length, of nothing, and with NaN or Inf.
func finite(what string, v []float64, bad []bool) error {
	if len(v) != len(bad) {
		return fmt.Errorf("%s: %d scores and %d outcomes: give one outcome per score", what, len(v), len(bad))
	}
	if len(v) == 0 {
		return fmt.Errorf("%s: %w", what, ErrNoRows)
	}
	for i, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%s: row %d: score %g is not a number: leave the row out or mend it", what, i, x)
		}
	}
	return nil
}
