package credit_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"parus/credit"
)

func suppose(t *testing.T, e *credit.Engine, c credit.Case, x credit.Change) credit.Supposition {
	t.Helper()
	s, err := e.Suppose(c, x)
	if err != nil {
		t.Fatal(err)
	}
	if !s.NotBinding || s.Decision.Digest != "" {
		t.Errorf("a supposition with digest %q, not binding %v", s.Decision.Digest, s.NotBinding)
	}
	return s
}

func engine(t testing.TB, edits ...string) *credit.Engine {
	t.Helper()
	e, err := credit.NewEngine(policy(t, edits...))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Each change against the case that has it: the same decision, and the case
// given is not touched.
func TestSuppositionsAreTheChangedCase(t *testing.T) {
	t.Parallel()
	e := engine(t)
	fen := func(yuan credit.Fen) *credit.Fen { yuan *= 100; return &yuan }
	more := workedCase(t).Parcels[0]
	more.ID = "p9"
	for _, tc := range []struct {
		name   string
		change credit.Change
		edit   func(*credit.Case)
		rises  int
	}{
		{"nothing", credit.Change{}, func(*credit.Case) {}, 0},
		{"another debt", credit.Change{DebtDueFen: fen(3000)}, func(c *credit.Case) { c.DebtDueFen = 300_000 }, -1},
		{"wages", credit.Change{OffFarmFen: fen(4000)}, func(c *credit.Case) { c.OffFarmFen = 400_000 }, 1},
		{"a subsidy", credit.Change{SubsidyFen: fen(1000)}, func(c *credit.Case) { c.SubsidyFen = 100_000 }, 1},
		{"a parcel given up", credit.Change{Drop: []string{"p3"}}, func(c *credit.Case) { c.Parcels = c.Parcels[:3] }, -1},
		{"a parcel taken on", credit.Change{Add: []credit.Parcel{more}}, func(c *credit.Case) { c.Parcels = append(c.Parcels, more) }, 1},
		{"a parcel measured anew", credit.Change{Mu: map[string]float64{"p0": 9}}, func(c *credit.Case) { c.Parcels[0].GeometryMu, c.Parcels[0].ContractMu = 9, 9 }, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, want := workedCase(t), workedCase(t)
			tc.edit(&want)
			s, d := suppose(t, e, c, tc.change), again(t, e, want)
			d.Digest = ""
			if !reflect.DeepEqual(s.Decision, d) {
				t.Errorf("supposed %+v, decided %+v", s.Decision, d)
			}
			if sign := int(s.RiseFen.Yuan()); (tc.rises == 0) != (sign == 0) || sign*tc.rises < 0 {
				t.Errorf("the line moves by %s", s.RiseFen)
			}
			if !reflect.DeepEqual(c, workedCase(t)) {
				t.Error("the case given has changed")
			}
		})
	}
}

func TestSuppositionsSettleReasons(t *testing.T) {
	t.Parallel()
	e, c := engine(t), workedCase(t)
	s := suppose(t, e, c, credit.Change{Settled: []credit.ReasonCode{credit.ReasonParcelMatch}})
	w, err := e.WhatIf(c, credit.ReasonParcelMatch)
	if err != nil {
		t.Fatal(err)
	}
	if s.Decision.LineFen != w.LineFen || s.RiseFen != w.LineFen-again(t, e, c).LineFen || len(s.Decision.Reasons) != 0 {
		t.Errorf("supposed %s (%s more), what-if %s", s.Decision.LineFen, s.RiseFen, w.LineFen)
	}
	debt := credit.Fen(0)
	c.DebtDueFen = 200_000
	paid := suppose(t, e, c, credit.Change{DebtDueFen: &debt})
	if settled := suppose(t, e, c, credit.Change{Settled: []credit.ReasonCode{credit.ReasonDebt}}); paid.RiseFen != settled.RiseFen {
		t.Errorf("a debt of nothing gives %s more, a settled one %s", paid.RiseFen, settled.RiseFen)
	}
}

func TestSuppositionsRefuseByName(t *testing.T) {
	t.Parallel()
	e := engine(t)
	negative, much := credit.Fen(-1), credit.Fen(math.MaxInt64)
	for _, tc := range []struct {
		name, item string
		change     credit.Change
	}{
		{"a debt below nothing", "debt due", credit.Change{DebtDueFen: &negative}},
		{"wages beyond any", "off-farm income", credit.Change{OffFarmFen: &much}},
		{"an area below nothing", "parcel p0", credit.Change{Mu: map[string]float64{"p0": -1}}},
		{"an area that is no number", "parcel p0", credit.Change{Mu: map[string]float64{"p0": math.NaN()}}},
		{"another's parcel measured", "parcel x", credit.Change{Mu: map[string]float64{"x": 1}}},
		{"a dropped parcel measured", "parcel p0", credit.Change{Mu: map[string]float64{"p0": 1}, Drop: []string{"p0"}}},
		{"another's parcel dropped", "parcel x", credit.Change{Drop: []string{"x"}}},
		{"a parcel added twice", "parcel p0", credit.Change{Add: []credit.Parcel{{ID: "p0"}}}},
		{"a parcel of an unpriced crop", "crop hops", credit.Change{Add: []credit.Parcel{{ID: "n", GeometryMu: 1, CultivatedShare: 1, Crops: []credit.CropChance{{Code: "hops", P: 1}}}}}},
	} {
		_, err := e.Suppose(workedCase(t), tc.change)
		var bad *credit.InputError
		if !errors.As(err, &bad) || bad.Item != tc.item {
			t.Errorf("%s: got %v, want an error of %q", tc.name, err, tc.item)
		}
	}
	if _, err := e.Suppose(workedCase(t), credit.Change{Settled: []credit.ReasonCode{"R99"}}); err == nil || !strings.Contains(err.Error(), "R99") {
		t.Errorf("an unknown reason is settled: %v", err)
	}
}

// More debt, supposed or real, never raises a line.
func TestSupposedDebtNeverRaisesALine(t *testing.T) {
	t.Parallel()
	each(t, 25, func(t *testing.T, e *credit.Engine, r *rand.Rand, c credit.Case, d credit.Decision) {
		debt := c.DebtDueFen + credit.Fen(r.IntN(500_000))
		if s := suppose(t, e, c, credit.Change{DebtDueFen: &debt}); s.RiseFen > 0 || s.Decision.LineFen-d.LineFen != s.RiseFen {
			t.Fatalf("%s: debt of %s moves the line by %s", c.HouseholdID, debt, s.RiseFen)
		}
	})
}
