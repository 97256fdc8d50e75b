package registry_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parus/fields/registry"
	"parus/fixtures"
)

// recallCounty is the county that recall is measured on: PARUS_RECALL_HOUSEHOLDS
// households and PARUS_RECALL_EACH of each defect, by default few enough for
// every run of the tests.
func recallCounty() (cfg fixtures.Config) {
	cfg = fixtures.Config{Seed: 5, Households: 400, SizePx: 500, PerDefect: 3}
	if n, err := strconv.Atoi(os.Getenv("PARUS_RECALL_HOUSEHOLDS")); err == nil {
		cfg.Households, cfg.SizePx = n, min(fixtures.FullTilePx, (500*n/400/4+300)*2)
	}
	if n, err := strconv.Atoi(os.Getenv("PARUS_RECALL_EACH")); err == nil {
		cfg.PerDefect = n
	}
	return cfg
}

// TestEveryPlantedDefectIsFound wants each planted defect by code and key, and
// no entry about a household that nobody touched.
func TestEveryPlantedDefectIsFound(t *testing.T) {
	t.Parallel()
	cfg := recallCounty()
	cfg.Defects = fixtures.DefectCodes()
	c, err := fixtures.NewCounty(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p, truth := countyPackage(t, cfg)
	got := open(t, p.write(t), registry.Options{County: county})
	found := map[string]int{}
	for _, d := range got.Report.Defects {
		for k := range strings.SplitSeq(d.Key, "|") {
			found[d.Code+k]++
		}
	}
	type score struct{ planted, found, alarms int }
	scores := map[string]*score{}
	of := func(code string) *score {
		if scores[code] == nil {
			scores[code] = &score{}
		}
		return scores[code]
	}
	spoilt := map[string]bool{"": true}
	holder := holders(c)
	for _, r := range truth {
		s := of(r[0])
		s.planted++
		if found[r[0]+r[2]] > 0 || found[r[0]+r[1]] > 0 || r[1] == "*" && got.Report.Counts[r[0]] > 0 {
			s.found++
		} else {
			t.Errorf("planted %v was not found", r)
		}
		for _, word := range append(strings.Fields(r[3]), r[2]) {
			if h, ok := holder[word]; ok {
				spoilt[h] = true
			}
		}
		spoilt[r[2]] = true
	}
	for _, d := range got.Report.Defects {
		if !slices.ContainsFunc(strings.Split(d.Key, "|"), func(k string) bool { return spoilt[k] || spoilt[holder[k]] || strings.Contains(k, "/") }) {
			of(d.Code).alarms++
			t.Errorf("false alarm %+v", d)
		}
	}
	var table strings.Builder
	for _, code := range slices.Sorted(keysOf(scores)) {
		fmt.Fprintf(&table, "%-26s %5d planted %5d found %5d false alarms\n", code, scores[code].planted, scores[code].found, scores[code].alarms)
	}
	t.Logf("%d parcels\n%s", len(c.Parcels), table.String())
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// holders maps the codes of a county's parcels, households, contracts and
// collectives to the household that a defect among them touches.
func holders(c *fixtures.County) map[string]string {
	out := map[string]string{}
	for _, h := range c.Households {
		out[h.ID], out[h.ID+"J"] = h.ID, h.ID
	}
	for _, p := range c.Parcels {
		out[p.ID] = c.Households[p.Household].ID
	}
	return out
}

// TestDefectsOfTheWholePackageAreFound plants those that change every
// coordinate, one at a time.
func TestDefectsOfTheWholePackageAreFound(t *testing.T) {
	t.Parallel()
	for _, code := range fixtures.WholeDefectCodes() {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			p, _ := countyPackage(t, fixtures.Config{Seed: 5, Households: 60, SizePx: 200, Defects: []string{code}})
			got := open(t, p.write(t), registry.Options{County: county})
			for c := range got.Report.Counts {
				if c != code {
					t.Errorf("false alarm %s: %+v", c, codes(got, c)[0])
				}
			}
			if len(codes(got, code)) == 0 {
				t.Errorf("not found: %v", got.Report.Counts)
			}
			if usable := got.Report.Usable(); usable != (code != registry.CRSUnplaced) {
				t.Errorf("usable: %v", usable)
			}
		})
	}
}

// TestALargeCleanCountyRaisesNoAlarm is for measuring: PARUS_CLEAN_HOUSEHOLDS
// of 26000 makes 100,000 parcels.
func TestALargeCleanCountyRaisesNoAlarm(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("PARUS_CLEAN_HOUSEHOLDS"))
	if err != nil {
		t.Skip("set PARUS_CLEAN_HOUSEHOLDS to the number of households")
	}
	p, _ := countyPackage(t, fixtures.Config{Seed: 3, Households: n, SizePx: min(fixtures.FullTilePx, 5400*n/26000/2*2)})
	got := open(t, p.write(t), registry.Options{})
	if len(got.Report.Defects) > 0 {
		t.Errorf("%v: %+v", got.Report.Counts, got.Report.Defects[0])
	}
	t.Logf("%d parcels, %d defects", len(got.Parcels), len(got.Report.Defects))
}
