package yield_test

import (
	"math"
	"strings"
	"testing"

	"parus/fields/catalogue"
	"parus/yield"
)

func crop(t testing.TB, code string) catalogue.Crop {
	t.Helper()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	x, err := c.Crop(code)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func series(code string, first int, kgPerHa ...float64) []yield.Statistic {
	var out []yield.Statistic
	for i, v := range kgPerHa {
		out = append(out, yield.Statistic{Crop: code, Year: first + i, KgPerHa: v})
	}
	return out
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %g, want %g ± %g", what, got, want, tolerance)
	}
}

func TestPriorByHand(t *testing.T) {
	t.Parallel()
	wheat := crop(t, "winter_wheat") // 491.8·15 = 7377 kg/ha, CV of a county 0.08
	for _, tc := range []struct {
		name       string
		statistics []yield.Statistic
		mean, sd   float64
		source     string
	}{
		// Exactly linear: slope 100, at 2024 7000+6·100 = 7600. No residuals:
		// s² = 4·(0.08·7600)²/(6+4) = 147866, s = 384.5 (above the floor of 304);
		// leverage (2024−2020.5)²/17.5 = 0.7; SD = 384.5·√(1+1/6+0.7) = 525.4.
		{"an exact trend is followed", series("winter_wheat", 2018, 7000, 7100, 7200, 7300, 7400, 7500), 7600, 525.4, "trend of 6 years"},
		// Three years: median 7100; residuals −100, 0, 200: MAD 100, s = 148.26;
		// s² = (3·148.26² + 4·568²)/7 = 193,775, s = 440.2; ·√(1+1/3) = 508.3.
		{"three years give a median without a slope", series("winter_wheat", 2021, 7000, 7100, 7300), 7100, 508.3, "median of 3 years"},
		// Nothing: 7377 with twice the catalogue's spread: 2·0.08·7377 = 1180.3.
		{"no statistics fall back on the national figure", nil, 7377, 1180.3, "no county statistics"},
		{"other crops and later years are not looked at", append(series("maize", 2018, 1, 2, 3), series("winter_wheat", 2024, 100, 100)...), 7377, 1180.3, "no county statistics"},
		// kg/mu: 470·15 = 7050 and t/ha: 7.05·1000 are the same figure.
		{"kg/mu and t/ha are repaired", series("winter_wheat", 2021, 470, 7.05, 7050), 7050, 0, "median of 3 years"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, err := yield.FitPrior(wheat, tc.statistics, 2024)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "mean", p.MeanKgPerHa, tc.mean, 0.05)
			if tc.sd > 0 {
				near(t, "SD", p.SDKgPerHa, tc.sd, 0.1)
			}
			if !strings.Contains(p.Source, tc.source) {
				t.Errorf("source is %q", p.Source)
			}
			if tc.name == "kg/mu and t/ha are repaired" && len(p.Notes) != 2 {
				t.Errorf("notes are %q", p.Notes)
			}
		})
	}
}

func TestOneWildYearDoesNotMoveThePrior(t *testing.T) {
	t.Parallel()
	wheat := crop(t, "winter_wheat")
	calm := []float64{7010, 7090, 7220, 7280, 7410, 7490, 7620, 7680, 7810, 7890}
	wild := append([]float64(nil), calm...)
	wild[4] = 2000
	a, err := yield.FitPrior(wheat, series("winter_wheat", 2014, calm...), 2024)
	if err != nil {
		t.Fatal(err)
	}
	b, err := yield.FitPrior(wheat, series("winter_wheat", 2014, wild...), 2024)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean with an outlier", b.MeanKgPerHa, a.MeanKgPerHa, 40)
	if len(b.Notes) != 1 || !strings.Contains(b.Notes[0], "outlier") {
		t.Errorf("notes are %q", b.Notes)
	}
}

func TestStatisticsAreRepairedWithAWord(t *testing.T) {
	t.Parallel()
	wheat := crop(t, "winter_wheat") // 7377 kg/ha
	for _, tc := range []struct {
		name       string
		statistics []yield.Statistic
		mean, near float64
		word       string
	}{
		// 940 jin/mu are 940·7.5 = 7050 kg/ha.
		{"a series in jin/mu", series("winter_wheat", 2019, 930, 950, 940, 945, 935), 7050, 10, "read as jin/mu"},
		{"one year in jin/mu among kg/ha", series("winter_wheat", 2019, 7000, 7100, 945, 7050, 7080), 7080, 30, "945 read as jin/mu"},
		{"a failed harvest stays what it is", series("winter_wheat", 2017, 7000, 7100, 2500, 7050, 7080, 7020, 7060), 7050, 60, "outliers: 2019"},
		// Up by 1,500 of 6,000 from 2019 on: ln 1.25. The forecast is the new level's.
		{"borders that moved", series("winter_wheat", 2014, 6000, 6050, 5980, 6020, 6010, 7510, 7490, 7530, 7480, 7520), 7510, 60, "in 2019 and stays"},
		{"two figures of one year", append(series("winter_wheat", 2019, 7000, 7100, 7050, 7060, 7040), yield.Statistic{Crop: "winter_wheat", Year: 2020, KgPerHa: 7000}), 7050, 10, "2 figures"},
		{"years that are missing", append(series("winter_wheat", 2015, 7000, 7010), series("winter_wheat", 2021, 7000, 7020, 7010)...), 7010, 10, "4 years between 2015 and 2023 are missing"},
		{"nonsense", append(series("winter_wheat", 2019, 7000, 7100, 7050), yield.Statistic{Crop: "winter_wheat", Year: 2022, KgPerHa: -3}), 7050, 1, "-3 implausible"},
	} {
		p, err := yield.FitPrior(wheat, tc.statistics, 2024)
		if err != nil {
			t.Fatal(err)
		}
		near(t, tc.name, p.MeanKgPerHa, tc.mean, tc.near)
		if !strings.Contains(strings.Join(p.Notes, "; "), tc.word) {
			t.Errorf("%s: notes are %q", tc.name, p.Notes)
		}
	}
}

// A trend of 4 % a year is no change of level, nor is one odd year.
func TestATrendIsNoChangeOfLevel(t *testing.T) {
	t.Parallel()
	wheat := crop(t, "winter_wheat")
	for _, values := range [][]float64{
		{5000, 5200, 5410, 5620, 5850, 6080, 6330, 6580, 6840, 7120},
		{7000, 7050, 6980, 7020, 3500, 7010, 7030, 6990, 7060, 7040},
	} {
		p, err := yield.FitPrior(wheat, series("winter_wheat", 2014, values...), 2024)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.Join(p.Notes, ";"), "level") {
			t.Errorf("notes on %v are %q", values, p.Notes)
		}
	}
}

func TestFallowHasNoPrior(t *testing.T) {
	t.Parallel()
	if _, err := yield.FitPrior(crop(t, "fallow"), nil, 2024); err == nil || !strings.Contains(err.Error(), "fallow") {
		t.Errorf("got %v", err)
	}
}

func TestReadStatistics(t *testing.T) {
	t.Parallel()
	got, err := yield.ReadStatistics(strings.NewReader("\ufeffyear,crop,yield_kg_ha,area\n2020,maize,6500,1\n2021,maize,,1\n2022,maize,6600,1\n"))
	if err != nil || len(got) != 2 || got[1] != (yield.Statistic{Crop: "maize", Year: 2022, KgPerHa: 6600}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "crop,year\n", "crop,year,yield_kg_ha\nmaize,20x,3\n", "crop,year,yield_kg_ha\nmaize,2020,NaN\n"} {
		if _, err := yield.ReadStatistics(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzReadStatistics(f *testing.F) {
	f.Add("crop,year,yield_kg_ha\nmaize,2020,6500\n")
	f.Add("crop,year,yield_kg_ha\nmaize,2020,\n")
	maize := crop(f, "maize")
	f.Fuzz(func(t *testing.T, s string) {
		stats, err := yield.ReadStatistics(strings.NewReader(s))
		if err != nil {
			return
		}
		p, err := yield.FitPrior(maize, stats, 2024)
		if err != nil || !(p.MeanKgPerHa > 0) || !(p.SDKgPerHa > 0) {
			t.Fatalf("prior %+v, %v", p, err)
		}
	})
}
