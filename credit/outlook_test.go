package credit_test

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"parus/credit"
)

func outlook(t *testing.T, e *credit.Engine, c credit.Case) (credit.Outlook, credit.Decision) {
	t.Helper()
	d, err := e.Decide(c)
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.Outlook(c, d.LineFen)
	if err != nil {
		t.Fatal(err)
	}
	return o, d
}

func TestAnOutlookDrawsWhatTheDecisionDrew(t *testing.T) {
	t.Parallel()
	e := engine(t)
	o, d := outlook(t, e, workedCase(t))
	if o.Income != d.Income {
		t.Errorf("quantiles %+v, the decision's are %+v", o.Income, d.Income)
	}
	// Cumulative counts at each end of the bin that holds a quantile.
	upTo := func(fen credit.Fen) (before, through int) {
		for i, n := range o.Counts {
			if through += n; o.FromFen+credit.Fen(i+1)*o.WidthFen > fen {
				return through - n, through
			}
		}
		return through, through
	}
	for fen, share := range map[credit.Fen]float64{o.Income.P10Fen: .1, o.Income.P50Fen: .5, o.Income.P90Fen: .9} {
		before, through := upTo(fen)
		if k := int(share * credit.Draws); before > k || through < k {
			t.Errorf("bins place the quantile %g after %d to %d of the draws, want %d", share, before, through, k)
		}
	}
	if _, all := upTo(math.MaxInt64); all != o.Draws || o.Draws != credit.Draws {
		t.Errorf("%d draws in bins, want %d", all, credit.Draws)
	}
	// The line of 6,900 at the reference rate for the days until it is due.
	if o.OwedFen <= d.LineFen || float64(o.OwedFen) > 1.1*float64(d.LineFen) {
		t.Errorf("%s are owed of a line of %s", o.OwedFen, d.LineFen)
	}
	before, through := upTo(o.OwedFen)
	if short := o.Short * credit.Draws; short < float64(before) || short > float64(through) || o.Short > .031 {
		t.Errorf("short in %g of the draws, bins say %d to %d", o.Short, before, through)
	}
	for i, x := range o.Spread {
		if i > 0 && x.Narrower > o.Spread[i-1].Narrower {
			t.Errorf("the sources %+v do not come in order", o.Spread)
		}
	}
	if len(o.Spread) != 5 || o.Spread[0].Narrower <= 0 || o.Spread[0].Narrower >= 1 {
		t.Errorf("sources %+v, want five, none of them all", o.Spread)
	}
	other := workedCase(t)
	other.HouseholdID = "another"
	outlook(t, e, other)
	if again, _ := outlook(t, e, workedCase(t)); !reflect.DeepEqual(again, o) {
		t.Errorf("after another household's the outlook is %+v, was %+v", again, o)
	}
}

// sure is a case of which nothing varies.
func sure(t *testing.T) credit.Case {
	t.Helper()
	c := workedCase(t)
	c.Parcels = c.Parcels[:1]
	p := &c.Parcels[0]
	p.MatchP = 1
	p.Crops = []credit.CropChance{{Code: "winter_wheat", P: 1, MeanKgPerMu: 491.8}}
	for i := range c.Market {
		c.Market[i].LogPriceSD = 0
	}
	return c
}

func TestWhatTheSpreadHangsOn(t *testing.T) {
	t.Parallel()
	e := engine(t)
	o, _ := outlook(t, e, sure(t))
	if len(o.Counts) != 1 || o.Counts[0] != credit.Draws {
		t.Errorf("nothing varies, counts are %v", o.Counts)
	}
	for _, x := range o.Spread {
		if x.Narrower != 0 {
			t.Errorf("nothing varies, %s does by %g", x.Source, x.Narrower)
		}
	}
	for source, edit := range map[credit.Source]func(*credit.Case){
		credit.SourceMatch:  func(c *credit.Case) { c.Parcels[0].MatchP = .8 },
		credit.SourceYield:  func(c *credit.Case) { c.Parcels[0].Crops[0].SDModel = .2 },
		credit.SourceCounty: func(c *credit.Case) { c.Parcels[0].Crops[0].SDCounty = .2 },
		credit.SourcePrice:  func(c *credit.Case) { c.Market[0].LogPriceSD = .2 },
		credit.SourceCrop: func(c *credit.Case) {
			c.Parcels[0].Crops = []credit.CropChance{{Code: "winter_wheat", P: .7, MeanKgPerMu: 491.8}, {Code: "soybean", P: .3, MeanKgPerMu: 152.2}}
		},
	} {
		c := sure(t)
		edit(&c)
		o, _ := outlook(t, e, c)
		for _, x := range o.Spread {
			if want := map[bool]float64{true: 1, false: 0}[x.Source == source]; x.Narrower != want {
				t.Errorf("only %s varies: without %s the spread is narrower by %g, want %g", source, x.Source, x.Narrower, want)
			}
		}
	}
}

func TestOutlooksOfNothing(t *testing.T) {
	t.Parallel()
	e := engine(t)
	c := workedCase(t)
	c.Parcels = nil
	o, _ := outlook(t, e, c)
	if len(o.Counts) != 1 || o.FromFen != 0 || o.OwedFen != 0 {
		t.Errorf("without parcels: %+v", o)
	}
	c = workedCase(t)
	c.Parcels[0].MatchP = 2
	if _, err := e.Outlook(c, 0); !errors.As(err, new(*credit.InputError)) {
		t.Errorf("a match of 2: %v", err)
	}
}
