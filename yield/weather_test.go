package yield_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parus/yield"
)

func day(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWeatherUnits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, csv   string
		tC, mj      float64
		note, fails string
	}{
		{"degrees and megajoules as they are", "date,tmean,srad\n2024-05-01,18.5,21\n2024-05-02,20,22\n", 18.5, 21, "", ""},
		{"Kelvin and joules", "date,temperature_mean,solar_radiation_flux\n2024-05-01,291.65,21000000\n2024-05-02,293,22000000\n", 18.5, 21, "Kelvin", ""},
		{"tenths of a degree and watts", "date,tmean,srad\n2024-05-01,185,243.0555556\n2024-05-02,-20,250\n", 18.5, 21, "tenths", ""},
		{"the middle of the extremes where the mean is missing", "date,tmin,tmax,srad\n2024-05-01,12,25,21\n2024-05-02,10,20,20\n", 18.5, 21, "middle", ""},
		{"no unit explains 500 degrees", "date,tmean\n2024-05-01,5000\n2024-05-02,20\n", 0, 0, "", "check the unit"},
		{"negative radiation", "date,tmean,srad\n2024-05-01,20,-5\n", 0, 0, "", "negative"},
		{"words for numbers", "date,tmean\n2024-05-01,warm\n", 0, 0, "", "warm"},
		{"the same day twice with other values", "date,tmean\n2024-05-01,1\n2024-05-01,2\n", 0, 0, "", "twice"},
		{"no days", "date,tmean\n", 0, 0, "", "no days"},
		{"nothing of use", "date,wind\n2024-05-01,1\n", 0, 0, "", "neither"},
		{"no dates", "day,tmean\n2024-05-01,1\n", 0, 0, "", "date"},
		{"dates centuries apart", "date,tmean\n1024-05-01,1\n2024-05-01,1\n", 0, 0, "", "check the dates"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w, err := yield.ReadWeather(strings.NewReader(tc.csv))
			if tc.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tc.fails) {
					t.Fatalf("got %v, want an error with %q", err, tc.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			near(t, "temperature", w.Days[0].TMeanC, tc.tC, 1e-9)
			near(t, "radiation", w.Days[0].RadiationMJ, tc.mj, 1e-6)
			if notes := strings.Join(w.Notes, "; "); !strings.Contains(notes, tc.note) {
				t.Errorf("notes are %q", notes)
			}
		})
	}
}

func TestWeatherGapsAreBridged(t *testing.T) {
	t.Parallel()
	w, err := yield.ReadWeather(strings.NewReader("date,tmean,srad,precipitation\n2024-05-01,10,10,4\n2024-05-02,,12,\n2024-05-05,18,22,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Days) != 5 {
		t.Fatalf("%d days", len(w.Days))
	}
	for i, want := range []struct{ t, mj, mm float64 }{{10, 10, 4}, {12, 12, 0}, {14, 12 + 10.0/3, 0}, {16, 12 + 20.0/3, 0}, {18, 22, 1}} {
		near(t, fmt.Sprintf("temperature of day %d", i), w.Days[i].TMeanC, want.t, 1e-9)
		near(t, fmt.Sprintf("radiation of day %d", i), w.Days[i].RadiationMJ, want.mj, 1e-9)
		near(t, fmt.Sprintf("rain of day %d", i), w.Days[i].PrecipitationMM, want.mm, 1e-9)
	}
	if notes := strings.Join(w.Notes, "; "); !strings.Contains(notes, "2 of 5 days are missing") || !strings.Contains(notes, "temperature") && !strings.Contains(notes, "tmean") {
		t.Errorf("notes are %q", notes)
	}
	if _, ok := w.At(day(t, "2024-05-06")); ok {
		t.Error("a day after the file is known")
	}
}

func TestRealWeather(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("PARUS_REAL_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, "s2_flanders_2018_31UDS", "agera5_daily.csv"))
	if err != nil {
		t.Skipf("real data is absent, nothing was checked: %v", err)
	}
	defer f.Close()
	w, err := yield.ReadWeather(f)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := w.At(day(t, "2018-07-15"))
	if !ok || d.TMeanC < 10 || d.TMeanC > 35 || d.RadiationMJ < 5 || d.RadiationMJ > 35 || d.TMinC > d.TMeanC || d.TMaxC < d.TMeanC {
		t.Errorf("15 July 2018 in Flanders: %+v", d)
	}
	if len(w.Notes) == 0 {
		t.Error("Kelvin and joules were turned without a word")
	}
}

func FuzzReadWeather(f *testing.F) {
	f.Add("date,tmean,srad\n2024-05-01,18.5,21\n2024-05-03,20,22\n")
	f.Add("date,temperature_mean\n2024-05-01,291\n2024-05-02,\n")
	f.Fuzz(func(t *testing.T, s string) {
		w, err := yield.ReadWeather(strings.NewReader(s))
		if err != nil {
			return
		}
		for i := 1; i < len(w.Days); i++ {
			if w.Days[i].Date.Sub(w.Days[i-1].Date) != 24*time.Hour {
				t.Fatal("days are not consecutive")
			}
		}
	})
}

// The worked examples of FAO-56: example 8 (20°S on 3 September: 32.2), and
// its table 2.6 for 40°N in the middle of June (41.9) and December (15.0 ± 0.3
// for the choice of the day).
func TestExtraterrestrialRadiation(t *testing.T) {
	t.Parallel()
	near(t, "20°S on 3 September", yield.ExtraterrestrialMJ(-20, day(t, "2023-09-03")), 32.2, 0.1)
	near(t, "40°N on 15 June", yield.ExtraterrestrialMJ(40, day(t, "2023-06-15")), 41.8, 0.3)
	near(t, "polar night", yield.ExtraterrestrialMJ(80, day(t, "2023-12-21")), 0, 1e-9)
}

func TestTemperatureFactor(t *testing.T) {
	t.Parallel()
	near(t, "at the optimum", yield.TemperatureFactor(25, 8, 25), 1, 0)
	near(t, "below the base", yield.TemperatureFactor(7, 8, 25), 0, 0)
	// Half-way: (25−16.5)/(16.5−8) = 1, exp(−0.1054) = 0.9.
	near(t, "half-way", yield.TemperatureFactor(16.5, 8, 25), 0.9, 1e-4)
	near(t, "mirrored above the optimum", yield.TemperatureFactor(33.5, 8, 25), 0.9, 1e-4)
	near(t, "beyond the mirror of the base", yield.TemperatureFactor(43, 8, 25), 0, 0)
}
