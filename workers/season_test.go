package workers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/fields"
	"parus/fields/crop"
	"parus/imagery"
	"parus/imagery/observe"
	"parus/internal/decoder"
	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/season"
	"parus/workers"
)

// A land of a few squares of about 180 m near 117.61° E, 36.55° N, on the grid
// of UTM zone 50. Wheat grows west of wheatEndsX, nothing east of it, and
// pictures end at pictureEndsX.
const (
	wheatEndsX   = 554863.0 // about 117.613° E
	pictureEndsX = 555310.0 // about 117.618° E
)

var winter = fields.Season{Name: "winter", Start: day(2024, 10, 1), End: day(2025, 6, 20)}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// dates are every 25 days of the season.
func dates() []time.Time {
	var out []time.Time
	for d := winter.Start.AddDate(0, 0, 5); d.Before(winter.End); d = d.AddDate(0, 0, 25) {
		out = append(out, d)
	}
	return out
}

// reflectance gives red and near infrared of wheat and of bare soil: wheat is
// greenest in late April (day 205), soil never.
func reflectance(wheat bool, at time.Time) (red, nir float64) {
	if !wheat {
		return .20, .25
	}
	x := (at.Sub(winter.Start).Hours()/24 - 205) / 45
	green := math.Exp(-x * x)
	return .18 - .14*green, .24 + .22*green
}

// picture is a reader of that land; cloudy scenes are cloud all over.
type picture struct{}

func (picture) Close() error { return nil }

func (picture) Read(_ context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error {
	var at int64
	var cloudy bool
	if _, err := fmt.Sscanf(b.Href, "%d %t", &at, &cloudy); err != nil {
		return err
	}
	for i := range dst {
		x := g.Transform[0] + (float64(w.X+i%w.Width)+.5)*g.Transform[1]
		red, nir := reflectance(x < wheatEndsX, time.Unix(at, 0))
		switch {
		case x > pictureEndsX:
			dst[i] = observe.NoData
		case b.Name == "SCL" && cloudy:
			dst[i] = 9
		case b.Name == "SCL":
			dst[i] = 4
		case b.Name == "QA_PIXEL":
			dst[i] = 21824
		case b.Name == "CLOUD":
			dst[i] = 0
		case b.Name == "VV":
			dst[i] = 10000 // 0.1, −10 dB
		case b.Name == "VH":
			dst[i] = 1000 // −20 dB
		case b.Name == "B04", b.Name == "SR_B4":
			dst[i] = int32(red * 1e4)
		default:
			dst[i] = int32(nir * 1e4)
		}
	}
	return nil
}

func scene(id string, at time.Time, cloudy bool) imagery.Scene {
	s := imagery.Scene{ID: id, Sensor: "sentinel-2-l2a", Datetime: at, InputDigest: id}
	for _, b := range []string{"B04", "B08", "SCL"} {
		s.Bands = append(s.Bands, imagery.Band{Name: b, Href: fmt.Sprintf("%d %t", at.Unix(), cloudy), Index: 1, Scale: 1e-4})
	}
	return s
}

func square(lon float64) orb.MultiPolygon {
	const lat = 36.548
	return orb.MultiPolygon{{{{lon, lat}, {lon + .002, lat}, {lon + .002, lat + .002}, {lon, lat + .002}, {lon, lat}}}}
}

func land() []fields.Parcel {
	p := func(id, household string, shape orb.MultiPolygon) fields.Parcel {
		return fields.Parcel{ID: id, HouseholdID: household, Shape: shape, AreaM2: 39700, ContractM2: 39700, Certified: true}
	}
	bow := orb.MultiPolygon{{{{117.606, 36.548}, {117.608, 36.55}, {117.608, 36.548}, {117.606, 36.55}, {117.606, 36.548}}}}
	return []fields.Parcel{
		p("wheat", "h1", square(117.610)), p("bare", "h2", square(117.6145)), p("unseen", "h2", square(117.620)),
		p("bow", "h3", bow), p("wheat2", "h3", square(117.603)),
	}
}

// leased lets "wheat" to h1 by a transfer that covers the winter and "bare" to h2
// by one that ended before.
func leased(ps []fields.Parcel) ([]fields.Parcel, []season.LandHolding) {
	ps[0].LeasedIn, ps[1].LeasedIn = true, true
	return ps, []season.LandHolding{
		{ParcelID: "wheat", HouseholdID: "h1", HolderID: "h3", Transferee: "h1", TransferOn: day(2023, 10, 1), TransferEnd: day(2028, 9, 30), Leased: true},
		{ParcelID: "bare", HouseholdID: "h2", HolderID: "h3", Transferee: "h2", TransferOn: day(2020, 10, 1), TransferEnd: day(2024, 9, 30), Leased: true},
	}
}

// model fits a model of two classes to that land, once for all tests: fitting
// takes longer than the rest.
var model = sync.OnceValues(func() ([]byte, error) {
	samples, labels := landSamples()
	m, err := crop.Fit(context.Background(), samples, labels, crop.FitOptions{Folds: 2, Trees: 20, Seed: 1})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = m.Save(&b)
	return b.Bytes(), err
})

// landSamples are labelled series of that land.
func landSamples() (samples []crop.Sample, labels []string) {
	for i := range 24 {
		s := crop.Sample{ID: fmt.Sprint(i), Dates: dates(), Layers: []string{"B04", "B08", "ndvi"}, Values: make([][]float32, 3)}
		for d, at := range s.Dates {
			red, nir := reflectance(i%2 == 0, at)
			off := .01 * math.Sin(float64(i*31+d*7))
			red, nir = red+off, nir+off
			for l, v := range []float64{red, nir, (nir - red) / (nir + red)} {
				s.Values[l] = append(s.Values[l], float32(v))
			}
		}
		samples, labels = append(samples, s), append(labels, []string{"wheat", "bare"}[i%2])
	}
	return samples, labels
}

func modelOf(t *testing.T) []byte {
	t.Helper()
	b, err := model()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// farm is a house with that land, its scenes and a model.
type farm struct {
	house
	tools  workers.Tools
	stages []workers.Stage
	open   func() pixels // opens pictures
}

// pixels reads windows of bands until it is closed.
type pixels interface {
	observe.Reader
	io.Closer
}

// newFarm starts a run over the land, after change.
func newFarm(t *testing.T, change func(*season.Spec)) *farm {
	t.Helper()
	return newFarmIn(t, newHouse(t), change)
}

func newFarmIn(t *testing.T, h house, change func(*season.Spec)) *farm {
	t.Helper()
	county := fields.County{Code: "370199", Name: "测试县", Currency: "CNY", Classes: map[string]string{"wheat": "winter_wheat", "bare": "no_crop"}}
	spec := season.Spec{County: county, Season: winter, RegistryDigest: "land", Inputs: map[string]string{},
		Lattice: imagery.Lattice{CRS: "EPSG:32650", PixelSizeM: 10, BlockPx: 64}}
	for i, at := range dates() {
		spec.Scenes = append(spec.Scenes, scene(fmt.Sprint("S", i), at, false))
	}
	var err error
	if spec.Inputs[season.InputCropModel], err = h.db.SaveInput(t.Context(), season.InputCropModel, "model", modelOf(t)); err != nil {
		t.Fatal(err)
	}
	change(&spec)
	parcels, holdings := leased(land())
	registry, err := h.db.ImportRegistry(t.Context(), postgis.RegistryRelease{County: county, Digest: "land", Source: "land", Parcels: parcels, Holdings: holdings,
		Households: []fields.Household{{ID: "h1"}, {ID: "h2"}, {ID: "h3"}}, Finance: map[string]season.Finance{"h3": {Subsidy: -5}}})
	if err != nil {
		t.Fatal(err)
	}
	if h.run, err = h.db.StartRun(t.Context(), season.Run{County: county.Code, Season: "winter", Registry: registry, Spec: spec}); err != nil {
		t.Fatal(err)
	}
	f := &farm{house: h, open: func() pixels { return picture{} }}
	f.tools = workers.Tools{
		Verify: func(_ context.Context, s imagery.Scene) (imagery.Scene, error) {
			if strings.HasPrefix(s.ID, "corrupt") {
				return s, errors.New("scene " + s.ID + ": B04: cut short")
			}
			return s, nil
		},
		Observe: func(ctx context.Context, l decoder.Look) (data, shared []byte, err error) {
			r := f.open()
			defer r.Close()
			return decoder.Measure(ctx, r, l)
		},
		Plane: func(ctx context.Context, p decoder.Plane) ([]int16, error) {
			r := f.open()
			defer r.Close()
			return observe.Plane(ctx, r, p.Scene, p.Grid, p.Index, p.MarginPx)
		},
	}
	f.stages = workers.Season(h.db, f.tools)
	return f
}

// outcomes are the run's, "stage item" → "outcome: reason".
func (f farm) outcomes(t *testing.T) map[string]string {
	t.Helper()
	all, err := f.db.RunOutcomes(t.Context(), f.run.ID)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, o := range all {
		out[o.Stage+" "+o.Item] = o.Outcome + ": " + o.Reason
	}
	return out
}

func (f farm) want(t *testing.T, want map[string]string) {
	t.Helper()
	got := f.outcomes(t)
	for item, text := range want {
		if !strings.HasPrefix(got[item], text) {
			t.Errorf("%s is %q, want %q", item, got[item], text)
		}
	}
	if t.Failed() {
		t.Logf("all outcomes: %v", got)
	}
}

func TestASeasonNamesEveryItemThatComesToNothing(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(s *season.Spec) {
		s.Scenes = append(s.Scenes, scene("late", day(2025, 7, 1), false), scene("corrupt", day(2025, 3, 3), false))
		far := scene("far", day(2025, 3, 4), false)
		far.Bound = orb.Bound{Min: orb.Point{100, 30}, Max: orb.Point{101, 31}}
		s.Scenes = append(s.Scenes, far)
	})
	if err := f.drive(t, f.stages...); err != nil {
		t.Fatal(err)
	}
	f.want(t, map[string]string{
		"verify late":            "skipped: taken on 2025-07-01, outside the season winter",
		"verify corrupt":         "failed: scene corrupt: B04: cut short",
		"observe far":            "skipped: the scene's footprint touches no parcel",
		"cover parcel bow":       "failed: ",
		"assemble parcel unseen": "skipped: no",
		"decide household h3":    "failed: ",
		"publish season winter":  "done: ",
	})
	f.checkPublished(t)
}

// checkPublished asks for a row of every parcel and household.
func (f farm) checkPublished(t *testing.T) {
	t.Helper()
	publication, err := f.db.PublicationOfRun(t.Context(), f.run.ID)
	if err != nil {
		t.Fatal(err)
	}
	parcels, err := f.db.PublishedParcels(t.Context(), publication)
	if err != nil {
		t.Fatal(err)
	}
	crops := map[string]string{}
	for _, p := range parcels {
		crops[p.ID] = p.Crop
	}
	want := map[string]string{"wheat": "winter_wheat", "wheat2": "winter_wheat", "bare": "no_crop", "unseen": "", "bow": ""}
	if fmt.Sprint(crops) != fmt.Sprint(want) {
		t.Errorf("crops %v, want %v", crops, want)
	}
	decided, err := f.db.PublishedHouseholds(t.Context(), publication)
	if err != nil {
		t.Fatal(err)
	}
	undecided, err := f.db.UndecidedHouseholds(t.Context(), publication)
	if err != nil {
		t.Fatal(err)
	}
	if len(decided) != 2 || len(undecided) != 1 || undecided[0].ID != "h3" || undecided[0].Parcels != 2 {
		t.Errorf("decided %v, undecided %+v", decided, undecided)
	}
}

func TestCropsThatACountyDoesNotGrowAreRuledOut(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(s *season.Spec) { s.County.Crops = []string{"winter_wheat", "rapeseed"} })
	if err := f.drive(t, f.stages[:6]...); err != nil {
		t.Fatal(err)
	}
	crops := f.crops(t)
	for _, c := range crops {
		for _, class := range c.Classes {
			if class != "winter_wheat" {
				t.Errorf("%s may be %s", c.ParcelID, class)
			}
		}
		switch {
		case strings.HasPrefix(c.ParcelID, "wheat") && (len(c.Posterior) != 1 || c.Posterior[0] != 1):
			t.Errorf("%s: %v %v", c.ParcelID, c.Classes, c.Posterior)
		case c.ParcelID == "unseen":
			t.Error("a parcel that no date shows has a crop")
		}
	}
	if i := slices.IndexFunc(crops, func(c season.Crop) bool { return c.ParcelID == "bare" }); i < 0 {
		t.Errorf("the bare parcel is missing in %v", crops)
	}
}

func TestASeasonWithNothingClearFailsAndNamesItsParcels(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(s *season.Spec) {
		for i := range s.Scenes {
			s.Scenes[i] = scene(s.Scenes[i].ID, s.Scenes[i].Datetime, true)
		}
	})
	err := f.drive(t, f.stages...)
	if err == nil || !strings.Contains(err.Error(), "no parcel is clear on any date") {
		t.Fatalf("the run ends with %v", err)
	}
	f.want(t, map[string]string{"assemble parcel wheat": "skipped: not clear on any of 11 dates", "assemble parcel bare": "skipped: not clear on any"})
}

func TestASeasonWithoutAModelStartsColdAndSaysHowToGetOne(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(s *season.Spec) { s.Inputs = map[string]string{} })
	if err := f.drive(t, f.stages...); err != nil {
		t.Fatal(err)
	}
	if got := f.outcomes(t)["recognise winter"]; !strings.HasPrefix(got, "done") || !strings.Contains(got, "parus crop fit") {
		t.Errorf("recognise ends with %q", got)
	}
	guessed := 0
	for _, s := range f.snapshots(t) {
		if !strings.Contains(s.Case.ModelVersion, "cold start") {
			t.Errorf("the decision on %s stands on %q", s.Case.HouseholdID, s.Case.ModelVersion)
		}
		for _, p := range s.Case.Parcels {
			if p.CropsGuessed {
				guessed++
			} else if len(p.Crops) > 0 {
				t.Errorf("the decision takes the crops of parcel %s for known", p.ID)
			}
		}
	}
	if guessed == 0 {
		t.Error("no decision has a guessed crop")
	}
}

func TestADamagedModelFailsTheRunByName(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(*season.Spec) {})
	digest, err := f.db.SaveInput(t.Context(), season.InputCropModel, "model", modelOf(t)[:100])
	if err != nil {
		t.Fatal(err)
	}
	f.run.Spec.Inputs[season.InputCropModel] = digest
	if err := f.drive(t, f.stages...); err == nil || !strings.Contains(err.Error(), "crop model") {
		t.Fatalf("the run ends with %v", err)
	}
}

func TestMoreScenesObserveOnlyTheNewOnes(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(*season.Spec) {})
	if err := f.drive(t, f.stages[:3]...); err != nil {
		t.Fatal(err)
	}
	first := f.observed(t)
	f.run.Spec.Scenes = append(f.run.Spec.Scenes, scene("more", day(2025, 5, 5), false))
	run, err := f.db.StartRun(t.Context(), f.run)
	if err != nil {
		t.Fatal(err)
	}
	f.run = run
	if err := f.drive(t, f.stages[:3]...); err != nil {
		t.Fatal(err)
	}
	second := f.observed(t)
	for key, took := range first {
		if second[key] != took {
			t.Errorf("%s was observed again", key)
		}
	}
	if len(second) <= len(first) {
		t.Errorf("%d observations and then %d", len(first), len(second))
	}
}

// observed maps the keys of observations to how long they took.
func (f farm) observed(t *testing.T) map[string]time.Duration {
	t.Helper()
	units, err := f.db.FinishedUnits(t.Context(), f.run.ID, "observe")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]time.Duration{}
	for _, u := range units {
		if u.State == ledger.Done {
			out[u.Key] = u.Took
		}
	}
	return out
}
