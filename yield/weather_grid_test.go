package yield_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"parus/yield"
)

// Four points a tenth of a degree apart with 10, 20, 30 and 40 °C. Parcels are
// given the weather of the middle of their quarter of a cell: 0.0125° from the
// south-west corner, an eighth of the cell each way. 10·49/64 + 20·7/64 +
// 30·7/64 + 40·1/64 = 13.75.
func TestWeatherBetweenFourPointsByHand(t *testing.T) {
	t.Parallel()
	g, err := yield.ReadWeatherGrid(strings.NewReader("lon,lat,date,tmean\n117,36,2025-05-01,10\n117.1,36,2025-05-01,20\n117,36.1,2025-05-01,30\n117.1,36.1,2025-05-01,40\n"))
	if err != nil {
		t.Fatal(err)
	}
	all, at, err := g.Places([][2]float64{{117.01, 36.01}, {117.015, 36.02}, {117.09, 36.01}})
	if err != nil {
		t.Fatal(err)
	}
	if at[0] != at[1] || at[0] == at[2] || len(all) != 2 {
		t.Errorf("places %v of %d weathers", at, len(all))
	}
	near(t, "an eighth of the cell from the corner", all[at[0]].Days[0].TMeanC, 13.75, 1e-9)
	if _, _, err := g.Places([][2]float64{{118, 36}}); err == nil || !strings.Contains(err.Error(), "does not reach") {
		t.Errorf("a parcel of another province: %v", err)
	}
}

func TestWeatherOfOnePlaceServesAll(t *testing.T) {
	t.Parallel()
	g, err := yield.ReadWeatherGrid(strings.NewReader("date,tmean\n2025-05-01,10\n"))
	if err != nil {
		t.Fatal(err)
	}
	all, at, err := g.Places([][2]float64{{10, 50}, {117, 36}})
	if err != nil || len(all) != 1 || at[0] != 0 || at[1] != 0 {
		t.Errorf("%d weathers, places %v, %v", len(all), at, err)
	}
}

func TestImpossibleValuesAreLeftOutByRow(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("date,tmean,precipitation\n")
	for i := range 200 {
		temperature, rain := 290.0, 1.5
		if i == 50 {
			temperature = 29_000 // a comma that slipped
		}
		if i == 60 {
			rain = -5
		}
		fmt.Fprintf(&b, "%s,%g,%g\n", day(t, "2025-01-01").AddDate(0, 0, i).Format(time.DateOnly), temperature, rain)
	}
	w, err := yield.ReadWeather(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the day of the slip", w.Days[50].TMeanC, 16.85, 1e-9)
	near(t, "the day of the negative rain", w.Days[60].PrecipitationMM, 0, 0)
	notes := strings.Join(w.Notes, "; ")
	for _, want := range []string{"tmean: Kelvin turned into °C", "tmean: line 52", "precipitation: line 62"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in %q", want, notes)
		}
	}
}

func TestLongGapsStayUnknown(t *testing.T) {
	t.Parallel()
	w, err := yield.ReadWeather(strings.NewReader("date,tmean\n2025-05-01,10\n2025-05-12,21\n2025-06-12,20\n"))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "in a run of ten days", w.Days[5].TMeanC, 15, 1e-9)
	if d, ok := w.At(day(t, "2025-05-20")); !ok || !math.IsNaN(d.TMeanC) {
		t.Errorf("in a run of thirty days: %+v", d)
	}
	if notes := strings.Join(w.Notes, "; "); !strings.Contains(notes, "stay unknown") {
		t.Errorf("notes are %q", notes)
	}
}

func hours(t *testing.T, n int) []time.Time {
	t.Helper()
	var out []time.Time
	for i := range n {
		out = append(out, day(t, "2025-05-01").Add(time.Duration(i)*time.Hour))
	}
	return out
}

// Hours at 117°E, eight hours before UTC: the sun's 2 May is from 16 h UTC on
// 1 May to 15 h on the 2nd. Temperatures 280 + a quarter of the hour: the mean of
// 16…39 is 27.5, so 286.875 K = 13.725 °C, from 10.85 to 16.6. Rain of 1 mm an hour, in
// metres: 24 mm.
func TestHoursBecomeDaysByHand(t *testing.T) {
	t.Parallel()
	at := hours(t, 72)
	var temperature, rain, running [][]float64
	for i := range at {
		temperature, rain = append(temperature, []float64{280 + float64(i)/4}), append(rain, []float64{0.001})
		running = append(running, []float64{float64((i+23)%24+1) * 1e5}) // 24 h UTC is the day's whole
	}
	one := func(name, unit string, v [][]float64) yield.GridVariable {
		return yield.GridVariable{Name: name, Unit: unit, Lon: []float64{117}, Lat: []float64{36}, Times: at, Values: v}
	}
	var b strings.Builder
	notes, err := yield.WriteWeatherCSV(&b, []yield.GridVariable{one("t2m", "K", temperature), one("tp", "m", rain), one("ssrd", "J m**-2", running), one("sp", "Pa", rain)})
	if err != nil {
		t.Fatal(err)
	}
	w, err := yield.ReadWeather(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	d, ok := w.At(day(t, "2025-05-02"))
	if !ok {
		t.Fatalf("no second of May in\n%s", b.String())
	}
	near(t, "mean", d.TMeanC, 13.725, 1e-3)
	near(t, "minimum", d.TMinC, 10.85, 1e-3)
	near(t, "maximum", d.TMaxC, 16.6, 1e-3)
	near(t, "rain", d.PrecipitationMM, 24, 1e-6)
	near(t, "radiation that runs up 0.1 MJ an hour", d.RadiationMJ, 2.4, 1e-6)
	said := strings.Join(notes, "; ")
	for _, want := range []string{"t2m: Kelvin", "tp: metres", "runs up", "UTC+8", "sp: not used"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in %q", want, said)
		}
	}
}

func TestAgERA5NamesAreKnown(t *testing.T) {
	t.Parallel()
	var vars []yield.GridVariable
	for name, v := range map[string]float64{"temperature_air_2m_mean_24h": 290, "temperature_air_2m_max_24h": 297, "temperature_air_2m_min_24h": 284,
		"precipitation_flux": 3, "solar_radiation_flux": 2e7, "dew_point_temperature_2m_mean": 283, "wind_speed_10m_mean": 2.5} {
		unit := map[string]string{"precipitation_flux": "mm d-1", "solar_radiation_flux": "J m-2 d-1", "wind_speed_10m_mean": "m s-1"}[name]
		if unit == "" {
			unit = "K"
		}
		vars = append(vars, yield.GridVariable{Name: name, Unit: unit, Lon: []float64{117}, Lat: []float64{36}, Times: []time.Time{day(t, "2025-05-01")}, Values: [][]float64{{v}}})
	}
	var b strings.Builder
	if _, err := yield.WriteWeatherCSV(&b, vars); err != nil {
		t.Fatal(err)
	}
	w, err := yield.ReadWeather(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	want := yield.WeatherDay{Date: day(t, "2025-05-01"), TMeanC: 16.85, TMinC: 10.85, TMaxC: 23.85, RadiationMJ: 20, PrecipitationMM: 3, DewpointC: 9.85, WindMPerSecs: 2.5}
	if got := w.Days[0]; got != want {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

func FuzzReadWeatherGrid(f *testing.F) {
	f.Add("lon,lat,date,tmean,tmin,tmax\n117,36,2025-05-01,10,5,20\n117.1,36,2025-05-01,11,6,21\n", 117.05, 36.0)
	f.Fuzz(func(t *testing.T, text string, lon, lat float64) {
		g, err := yield.ReadWeatherGrid(strings.NewReader(text))
		if err != nil {
			return
		}
		all, at, err := g.Places([][2]float64{{lon, lat}})
		if err == nil && (at[0] < 0 || at[0] >= len(all)) {
			t.Fatalf("place %d of %d", at[0], len(all))
		}
	})
}
