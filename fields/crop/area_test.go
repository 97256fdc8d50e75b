package crop_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"parus/fields/crop"
	"parus/fixtures"
)

// times repeats what was checked.
func times(n int, mapped, truth string, hectares float64) []crop.Checked {
	out := make([]crop.Checked, n)
	for i := range out {
		out[i] = crop.Checked{Mapped: mapped, Truth: truth, Hectares: hectares}
	}
	return out
}

// The worked example of Olofsson et al. (2014), section 5: 640 pixels of 30 m,
// drawn within four mapped classes, rows of table 8. Areas and accuracies are as
// printed there, in hectares and with two decimals.
func TestThePapersExample(t *testing.T) {
	t.Parallel()
	const ha = 0.09 // of a pixel
	names := []string{"deforestation", "gain", "forest", "other"}
	pixels := []int{200_000, 150_000, 3_200_000, 6_450_000}
	counts := [][]int{{66, 0, 5, 4}, {0, 55, 8, 12}, {1, 0, 153, 11}, {2, 1, 9, 313}}
	var strata []crop.Stratum
	var sample []crop.Checked
	for i, n := range names {
		strata = append(strata, crop.Stratum{Crop: n, Parcels: pixels[i], Hectares: float64(pixels[i]) * ha})
		for j, k := range counts[i] {
			sample = append(sample, times(k, n, names[j], ha)...)
		}
	}
	want := map[string][5]float64{ // ha, ± ha, user's ±, producer's
		"deforestation": {21_158, 6_158, .88, .74, .75},
		"gain":          {11_686, 3_756, .73, .85, .85},
		"forest":        {285_770, 15_510, .93, .93, .93},
		"other":         {581_386, 16_282, .96, .96, .96},
	}
	for _, by := range []crop.Inclusion{crop.ByArea, crop.ByCount} { // pixels are of one size: both are the same but for 640 of 10 million
		e, err := crop.EstimateAreas(strata, sample, by)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range e.Crops {
			w := want[a.Crop]
			if math.Abs(a.Ha-w[0]) > 1 || math.Abs(1.96*a.SE-w[1]) > 2 || math.Abs(a.User-w[2]) > .006 || math.Abs(a.Producer-w[4]) > .006 {
				t.Errorf("%s by %s: %+v, want %v", a.Crop, by, a, w)
			}
		}
		if math.Abs(e.Accuracy-.95) > .005 || math.Abs(1.96*e.AccuracySE-.02) > .005 || e.Draws != 640 {
			t.Errorf("by %s: accuracy %.4f ± %.4f of %d draws", by, e.Accuracy, 1.96*e.AccuracySE, e.Draws)
		}
		d := e.Crops[0] // deforestation: user's .88 ± .07, producer's .75 ± .21
		if math.Abs(1.96*d.UserSE-.07) > .005 || math.Abs(1.96*d.ProducerSE-.21) > .005 {
			t.Errorf("by %s: %+v", by, d)
		}
	}
}

func TestAreasOfASmallMap(t *testing.T) {
	t.Parallel()
	// Mapped 80 ha maize and 20 ha rice. Of 10 points in the maize, 9 are maize and
	// 1 rice; of 5 in the rice, 4 are rice and 1 maize.
	strata := []crop.Stratum{{"maize", 100, 80}, {"rice", 40, 20}, {"nothing", 0, 0}}
	sample := append(append(append(times(9, "maize", "maize", 3), times(1, "maize", "rice", 1)...), times(4, "rice", "rice", 1)...), times(1, "rice", "maize", 2)...)
	a, err := crop.EstimateAreas(strata, sample, crop.ByArea)
	if err != nil {
		t.Fatal(err)
	}
	// Maize: 80·.9 + 20·.2 = 76 ha. Its variance: .8²·.9·.1/9 + .2²·.2·.8/4 = .0064 + .0016 = .008,
	// whose root, .0894427, of 100 ha is 8.94427. The same for rice by symmetry.
	maize, rice := a.Crops[0], a.Crops[1]
	if !near(maize.Ha, 76) || !near(rice.Ha, 24) || !near(maize.SE, 8.94427) || !near(rice.SE, 8.94427) || maize.MappedHa != 80 {
		t.Errorf("by area: %+v", a)
	}
	// By count the 9 parcels of 3 ha and 1 of 1 ha are 27 of 28 ha maize, and 2 of
	// 6 ha of the rice: 80·27/28 + 20·2/6 = 77.142857 + 6.666667 = 83.809524 ha.
	// Variances: e is 3·1/28 nine times and −27/28 once, Σe² = 9·9/784 + 729/784 = 810/784 = 1.0331633;
	// (1−10/100)·1.0331633/(10·9·2.8²) = .0013178. In the rice e is −1/3 four times and 2·2/3 once,
	// Σe² = 4/9 + 16/9 = 2.2222222; (1−5/40)·2.2222222/(5·4·1.2²) = .0675154.
	// .8²·.0013178 + .2²·.0675154 = .00354401, whose root is .0595316: 5.95316 ha.
	if a, err = crop.EstimateAreas(strata, sample, crop.ByCount); err != nil {
		t.Fatal(err)
	}
	if maize = a.Crops[0]; !near(maize.Ha, 83.809524) || math.Abs(maize.SE-5.95316) > 1e-3 {
		t.Errorf("by count: %+v", maize)
	}
	// A parcel drawn twice counts as two that agree.
	twice := append(times(8, "maize", "maize", 3), append(times(1, "maize", "rice", 1), sample[10:]...)...)
	twice[0].Draws = 2
	if b, err := crop.EstimateAreas(strata, twice, crop.ByArea); err != nil || !near(b.Crops[0].SE, 8.94427) || b.Crops[0].Checked != 10 {
		t.Errorf("%+v %v", b, err)
	}
	for name, c := range map[string]struct {
		strata []crop.Stratum
		by     crop.Inclusion
		want   string
	}{
		"a crop that was never checked": {append(strata, crop.Stratum{"cotton", 9, 5}), crop.ByCount, "0 reference parcels are mapped as cotton (5.0 ha): two at least"},
		"a negative area":               {[]crop.Stratum{{"maize", 9, -80}, {"rice", 9, 20}}, crop.ByCount, "maize has -80 ha"},
		"a crop twice":                  {append(strata, strata[0]), crop.ByCount, "maize comes twice"},
		"no area":                       {nil, crop.ByCount, "no area"},
		"a parcel off the map":          {strata[:1], crop.ByCount, "mapped as rice, which has no area"},
		"more draws than parcels":       {[]crop.Stratum{{"maize", 9, 80}, {"rice", 9, 20}}, crop.ByCount, "10 reference parcels are mapped as maize, which has 9"},
		"an unknown inclusion":          {strata, "luck", `inclusion "luck"`},
	} {
		if _, err := crop.EstimateAreas(c.strata, sample, c.by); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// countyMap is the generated county's map of summer crops as a model that errs
// would draw it, and its truth: two parcels in seven are mapped as what grows
// elsewhere or as the county's commonest crop, so that the map's areas are biased.
func countyMap(t *testing.T) (mapped []crop.Mapped, truth map[string]string) {
	t.Helper()
	c, err := fixtures.NewCounty(fixtures.Config{Seed: 3, Households: 400, SizePx: 512, Dates: 2})
	if err != nil {
		t.Fatal(err)
	}
	truth = map[string]string{}
	for i := range c.Parcels {
		p := &c.Parcels[i]
		m := crop.Mapped{ID: p.ID, Crop: p.Main().Summer, P: .85, Hectares: p.ContractM2 / 1e4}
		truth[m.ID] = m.Crop
		switch i % 7 {
		case 1:
			m.Crop = fixtures.Maize
		case 4:
			m.Crop = c.Parcels[(31*i+7)%len(c.Parcels)].Main().Summer
		}
		mapped = append(mapped, m)
	}
	return mapped, truth
}

// In 500 samples of 400 draws each, the interval of 95 % must hold the truth
// about as often, and the mean of the estimates be the truth, however the
// parcels are drawn.
func TestIntervalsHoldTheTruthAsOftenAsTheySay(t *testing.T) {
	t.Parallel()
	mapped, truth := countyMap(t)
	want := map[string]float64{}
	for _, m := range mapped {
		want[truth[m.ID]] += m.Hectares
	}
	for _, by := range []crop.Inclusion{crop.ByCount, crop.ByArea} {
		const draws = 500
		inside, mean, all := 0, map[string]float64{}, 0
		for seed := range draws {
			drawn, err := crop.DesignSample(mapped, crop.DesignOptions{Size: 400, Least: 20, Inclusion: by, Seed: uint64(seed)})
			if err != nil {
				t.Fatal(err)
			}
			var sample []crop.Checked
			for _, d := range drawn {
				sample = append(sample, crop.Checked{Mapped: d.Crop, Truth: truth[d.ID], Hectares: d.Hectares, Draws: d.Draws})
			}
			e, err := crop.EstimateAreas(crop.StrataOf(mapped), sample, by)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range e.Crops {
				mean[a.Crop] += a.Ha / draws
				if a.SE == 0 {
					continue // no draw of it outside its stratum, and no error within
				}
				all++
				if a.Low <= want[a.Crop] && want[a.Crop] <= a.High {
					inside++
				}
			}
		}
		coverage := float64(inside) / float64(all)
		t.Logf("by %s: %d intervals, %.3f hold the truth", by, all, coverage)
		if coverage < .90 || coverage > .98 || all < 1000 {
			t.Errorf("by %s: %.3f of %d intervals of .95 hold the truth", by, coverage, all)
		}
		for c, ha := range want {
			if math.Abs(mean[c]-ha) > .02*ha {
				t.Errorf("by %s: %s has %.1f ha in the mean of the estimates, truly %.1f", by, c, mean[c], ha)
			}
		}
	}
}

func TestADesignSharesDrawsOutByNeyman(t *testing.T) {
	t.Parallel()
	var parcels []crop.Mapped
	for i := range 400 {
		parcels = append(parcels, crop.Mapped{ID: fmt.Sprintf("m%03d", i), Crop: "maize", P: .9, Hectares: .4})
	}
	for i := range 100 {
		parcels = append(parcels, crop.Mapped{ID: fmt.Sprintf("r%03d", i), Crop: "rice", P: .5, Hectares: .4})
	}
	parcels = append(parcels, crop.Mapped{ID: "x", Crop: crop.Unmapped, Hectares: .4})
	count := func(d []crop.Drawn) map[string]int {
		out := map[string]int{}
		for _, p := range d {
			out[p.Crop] += p.Draws
		}
		return out
	}
	// Weights: maize 160/200.4·√(.9·.1) = .239521, rice 40/200.4·√(.5·.5) = .0998; of 99 draws beside the one
	// of what is unmapped, maize gets 99·.239521/.339321 = 69.88.
	d, err := crop.DesignSample(parcels, crop.DesignOptions{Size: 100, Inclusion: crop.ByCount, Seed: 1})
	if got := count(d); err != nil || got["maize"] != 70 || got["rice"] != 29 || got[crop.Unmapped] != 1 {
		t.Errorf("%v %v", got, err)
	}
	// A standard error of .02 needs ((.239521 + .0998 + .4/200.4·.5)/.02)² = (.340319/.02)² = 289.5 draws.
	if d, err = crop.DesignSample(parcels, crop.DesignOptions{SE: .02, Inclusion: crop.ByArea, Seed: 1}); err != nil || count(d)["maize"]+count(d)["rice"]+count(d)[crop.Unmapped] != 290 {
		t.Errorf("%v %v", count(d), err)
	}
	again, _ := crop.DesignSample(parcels, crop.DesignOptions{SE: .02, Inclusion: crop.ByArea, Seed: 1})
	other, _ := crop.DesignSample(parcels, crop.DesignOptions{SE: .02, Inclusion: crop.ByArea, Seed: 2})
	if fmt.Sprint(d) != fmt.Sprint(again) || fmt.Sprint(d) == fmt.Sprint(other) {
		t.Error("the seed alone does not decide what is drawn")
	}
	// More than there is: all of it.
	if d, err = crop.DesignSample(parcels, crop.DesignOptions{Size: 5000, Inclusion: crop.ByCount, Seed: 1}); err != nil || len(d) != 501 {
		t.Errorf("%d drawn, %v", len(d), err)
	}
	for want, o := range map[string]crop.DesignOptions{
		"15 draws are fewer than the 21": {Size: 15, Inclusion: crop.ByCount},
		"want a size above 0":            {Inclusion: crop.ByCount},
		"inclusion \"\"":                 {Size: 50},
		"two at least":                   {Size: 50, Least: 1, Inclusion: crop.ByCount},
		"anticipated accuracy 1":         {Size: 50, Accuracy: 1, Inclusion: crop.ByCount},
	} {
		if _, err := crop.DesignSample(parcels, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestADesignComesBackAsAReference(t *testing.T) {
	t.Parallel()
	mapped, truth := countyMap(t)
	drawn, err := crop.DesignSample(mapped, crop.DesignOptions{Size: 100, Inclusion: crop.ByArea, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := crop.WriteDesign(&out, drawn, crop.ByArea); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i := range drawn {
		lines[i+1] += truth[drawn[i].ID]
	}
	same := func(s string) (string, error) { return s, nil }
	r, err := crop.ReadReference(strings.NewReader(strings.Join(lines, "\n")), same)
	if err != nil || r.Inclusion != crop.ByArea || r.Unvisited != 0 || len(r.Visits) != len(drawn) {
		t.Fatalf("%d visits by %s, %v", len(r.Visits), r.Inclusion, err)
	}
	sample, err := r.Match(mapped)
	if err != nil || len(crop.SizeDoubts(mapped, sample, crop.ByArea)) != 0 {
		t.Errorf("%v %v", err, crop.SizeDoubts(mapped, sample, crop.ByArea))
	}
	mapped[0].Crop = "other"
	r.Visits = append(r.Visits, crop.Visit{ID: mapped[0].ID, Stratum: "maize", Draws: 1})
	if _, err := r.Match(mapped); err == nil || !strings.Contains(err.Error(), "drawn from another map") {
		t.Error(err)
	}
	r.Visits = []crop.Visit{{ID: "nowhere", Draws: 1}}
	if _, err := r.Match(mapped); err == nil || !strings.Contains(err.Error(), "nowhere is not on the map") {
		t.Error(err)
	}
}

// Only the largest parcels of each crop were visited: their sizes tell.
func TestAPickedSampleShowsInItsSizes(t *testing.T) {
	t.Parallel()
	var mapped []crop.Mapped
	var picked []crop.Checked
	for i := range 200 {
		m := crop.Mapped{ID: fmt.Sprint(i), Crop: "maize", Hectares: .1 + .01*float64(i)}
		mapped = append(mapped, m)
		if i >= 160 {
			picked = append(picked, crop.Checked{Mapped: "maize", Truth: "maize", Hectares: m.Hectares})
		}
	}
	if d := crop.SizeDoubts(mapped, picked, crop.ByCount); len(d) != 1 || !strings.Contains(d[0], "maize have 1.90 ha in the mean; drawn by count they would have about 1.09") {
		t.Error(d)
	}
}

func TestTablesOfParcelsAndReferencesSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	name := func(s string) (string, error) {
		if s == "?" {
			return "", fmt.Errorf("no crop is called %q", s)
		}
		return s, nil
	}
	for text, want := range map[string]string{
		"":                                       "the file is empty",
		"parcel_id,crop\n":                       "no column area_ha in the header (parcel_id, crop)",
		"parcel_id,area_ha,crop\n":               "no row",
		"parcel_id,area_ha,crop\np,x,maize\n":    `line 2: column area_ha: "x" is no number`,
		"parcel_id,area_ha,crop\np,-1,maize\n":   `"-1" is no number of 0 or more`,
		"parcel_id,area_ha,crop\np,,maize\n":     "line 2: column area_ha is empty",
		"parcel_id,area_ha,crop\np,1,a\np,1,a\n": `line 3: parcel_id "p" is empty or comes twice`,
		"parcel_id;area_ha;crop\np;1;a\n":        "parted by semicolons",
	} {
		if _, err := crop.ReadMapped(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"parcel_id\n":                                      "no column label",
		"parcel_id,label,draws\np,a,0\n":                   `line 2: column draws: "0"`,
		"parcel_id,label\np,a\np,b\n":                      `line 3: parcel_id "p"`,
		"parcel_id,label\np,?\n":                           `line 2: column label: no crop is called "?"`,
		"parcel_id,label,inclusion\np,a,often\n":           `column inclusion: "often"`,
		"parcel_id,label,inclusion\np,a,area\nq,a,count\n": "the same in every row",
	} {
		if _, err := crop.ReadReference(strings.NewReader(text), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestAreasAreWrittenInHectaresAndMu(t *testing.T) {
	t.Parallel()
	e, err := crop.EstimateAreas([]crop.Stratum{{"maize", 100, 80}, {"rice", 40, 20}},
		append(append(times(9, "maize", "maize", 1), times(1, "maize", "tea", 1)...), times(5, "rice", "rice", 1)...), crop.ByArea)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := crop.WriteAreas(&out, e); err != nil {
		t.Fatal(err)
	}
	// Tea: 80·.1 = 8 ha; .8·√(.1·.9/9)·100 = 8 ha of standard error; 8 − 15.68 is cut at 0, 8 + 15.68 = 23.68 ha, ×15 = 355.2 mu.
	want := "tea,0.00,8.00,8.00,0.00,23.68,120.0,0.0,355.2,,,0.0000,0.0000,0,1\n"
	if !strings.Contains(out.String(), want) || !strings.HasPrefix(out.String(), "crop,mapped_ha,area_ha,") {
		t.Errorf("%s", out.String())
	}
}

func FuzzReadReference(f *testing.F) {
	f.Add("parcel_id,label,draws,inclusion\np,a,1,area\n")
	f.Add("parcel_id,area_ha,crop,p_crop\np,1,maize,.5\n")
	f.Add("\ufeffparcel_id;label\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := crop.ReadReference(strings.NewReader(s), func(l string) (string, error) { return l, nil })
		for _, v := range r.Visits {
			if err == nil && (v.ID == "" || v.Truth == "" || v.Draws < 1) {
				t.Errorf("%+v", v)
			}
		}
		mapped, err := crop.ReadMapped(strings.NewReader(s))
		for _, m := range mapped {
			if err == nil && (m.ID == "" || m.Crop == "" || !(m.Hectares >= 0)) {
				t.Errorf("%+v", m)
			}
		}
	})
}
