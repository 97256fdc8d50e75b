package workers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parus/imagery"
	"parus/internal/season"
)

// extend drives a run with other scenes through the first stages.
func (f *farm) extend(t *testing.T, scenes []imagery.Scene, stages int) {
	t.Helper()
	f.run.Spec.Scenes = slices.SortedFunc(slices.Values(scenes), func(a, b imagery.Scene) int {
		if a.Datetime.Equal(b.Datetime) {
			return strings.Compare(a.ID, b.ID)
		}
		return a.Datetime.Compare(b.Datetime)
	})
	run, err := f.db.StartRun(t.Context(), f.run)
	if err != nil {
		t.Fatal(err)
	}
	f.run = run
	if err := f.drive(t, f.stages[:stages]...); err != nil {
		t.Fatal(err)
	}
}

// counted makes the farm count observations: reads of the mask, which happen
// once a strip.
type counted struct {
	picture
	masks *atomic.Int32
}

func (c counted) Read(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error {
	if b.Name == "SCL" {
		c.masks.Add(1)
	}
	return c.picture.Read(ctx, b, g, w, dst)
}

// radar is a scene of another sensor: it has no mask and other bands.
func radar(id string, at time.Time) imagery.Scene {
	s := imagery.Scene{ID: id, Sensor: "sentinel-1-grd", Datetime: at, InputDigest: id}
	for _, b := range []string{"VV", "VH"} {
		s.Bands = append(s.Bands, imagery.Band{Name: b, Href: fmt.Sprintf("%d false", at.Unix()), Index: 1, Scale: 1e-4})
	}
	return s
}

// without is a scene that lacks a band.
func without(s imagery.Scene, band string) imagery.Scene {
	s.Bands = slices.DeleteFunc(slices.Clone(s.Bands), func(b imagery.Band) bool { return b.Name == band })
	return s
}

func TestScenesOfOtherBandsRecomputeNothing(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(*season.Spec) {})
	if err := f.drive(t, f.stages[:3]...); err != nil {
		t.Fatal(err)
	}
	first, scenes := f.observed(t), slices.Clone(f.run.Spec.Scenes)
	// Most scenes now lack a band that the first ones have, or are of radar.
	for i, at := range dates() {
		scenes = append(scenes, radar(fmt.Sprint("R", i), at.AddDate(0, 0, 1)), without(scene(fmt.Sprint("L", i), at.AddDate(0, 0, 2), false), "B04"))
	}
	reads := f.countReads()
	f.extend(t, scenes, 3)
	second := f.observed(t)
	for key, took := range first {
		if second[key] != took {
			t.Errorf("%s was observed again", key)
		}
	}
	// Each of 11 dates over the same blocks as before, of which radar has no mask.
	if n, units := len(first), f.units(t, "observe"); len(second) != 3*n || int(reads.Load()) != units/3 {
		t.Errorf("%d observations, then %d of %d units with %d masks read", n, len(second), units, reads.Load())
	}
	f.extend(t, scenes[:11], 4)
	without := f.series(t)
	f.extend(t, scenes, 4)
	for i, s := range f.series(t) {
		if n := len(s.Dates); n != 33 || !slices.Equal(s.Layers, []string{"B04", "B08", "VH", "VV", "ndvi", "rvi", "vhvv"}) || len(s.Values) != 7*33 {
			t.Fatalf("%s: %d dates of %v", s.ParcelID, n, s.Layers)
		}
		var ndvi, before []float32
		for _, v := range s.Values[4*33 : 5*33] {
			if !math.IsNaN(float64(v)) {
				ndvi = append(ndvi, v)
			}
		}
		for _, v := range without[i].Values[2*11:] {
			if !math.IsNaN(float64(v)) {
				before = append(before, v)
			}
		}
		if !slices.Equal(ndvi, before) {
			t.Errorf("%s: NDVI %v, before the others came %v", s.ParcelID, ndvi, before)
		}
	}
}

// units counts the finished units of a stage, skipped ones included.
func (f *farm) units(t *testing.T, stage string) int {
	t.Helper()
	all, err := f.db.FinishedUnits(t.Context(), f.run.ID, stage)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// countReads counts masks read from here on.
func (f *farm) countReads() *atomic.Int32 {
	n := new(atomic.Int32)
	f.open = func() pixels { return counted{masks: n} }
	return n
}

// series are the run's, by parcel.
func (f farm) series(t *testing.T) []season.Series {
	t.Helper()
	units, err := f.db.FinishedUnits(t.Context(), f.run.ID, "assemble")
	if err != nil {
		t.Fatal(err)
	}
	var out []season.Series
	for _, u := range units {
		rows, err := f.db.Series(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rows...)
	}
	slices.SortFunc(out, func(a, b season.Series) int { return strings.Compare(a.ParcelID, b.ParcelID) })
	return out
}

func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	t.Parallel()
	var all []imagery.Scene
	for i, at := range dates() {
		all = append(all, scene(fmt.Sprint("S", i), at, i == 2))
		if i%3 == 0 { // a second orbit, the same day
			all = append(all, scene(fmt.Sprint("A", i), at.Add(time.Hour), false))
		}
	}
	all = append(all, radar("R", day(2025, 4, 4)))
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	var want string
	for _, batches := range [][][]imagery.Scene{
		{all},
		{reversed[:6], reversed[:8], all},
	} {
		f := newFarm(t, func(s *season.Spec) { s.Scenes = nil })
		for _, batch := range batches[:len(batches)-1] {
			f.extend(t, batch, 4)
		}
		f.extend(t, all, 6)
		crops, err := f.db.FinishedUnits(t.Context(), f.run.ID, "recognise")
		if err != nil || len(crops) == 0 {
			t.Fatal(crops, err)
		}
		got := dump(t, f.series(t))
		for _, c := range crops {
			rows, err := f.db.Crops(t.Context(), []int64{c.ID})
			if err != nil {
				t.Fatal(err)
			}
			got += dump(t, rows)
		}
		if want == "" {
			want = got
		}
		if got != want {
			t.Fatalf("in %d batches:\n%s\nwant\n%s", len(batches), got, want)
		}
	}
}

// dump writes rows; %v tells NaN, which JSON cannot.
func dump[T any](t *testing.T, rows []T) string {
	t.Helper()
	if len(rows) == 0 {
		t.Fatal("nothing to compare")
	}
	return fmt.Sprintf("%+v\n", rows)
}

func TestAReprocessedSceneSupersedesItsAncestorInALaterRun(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(s *season.Spec) {
		for i := range s.Scenes {
			s.Scenes[i].MGRSTile, s.Scenes[i].Baseline = "50SNF", "04.00"
		}
	})
	f.extend(t, f.run.Spec.Scenes, 4)
	first, before := f.observed(t), f.series(t)
	again := f.run.Spec.Scenes[4]
	again.ID, again.InputDigest, again.Baseline, again.Created = "S4 renewed", "S4 renewed", "05.10", day(2025, 7, 1)
	broken := f.run.Spec.Scenes[5]
	broken.ID, broken.InputDigest, broken.Baseline = "corrupt", "corrupt", "05.10"
	reads := f.countReads()
	f.extend(t, append(slices.Clone(f.run.Spec.Scenes), again, broken), 4)
	f.want(t, map[string]string{
		"observe S4":     "skipped: superseded by S4 renewed (baseline 05.10, made 2025-07-01T00:00:00Z)",
		"verify corrupt": "failed: ",
	})
	perScene := f.units(t, "observe") / 11
	if second := f.observed(t); len(second) != len(first) || int(reads.Load()) != perScene {
		t.Errorf("%d observations after %d, %d new; want the ancestor's replaced by %d", len(second), len(first), reads.Load(), perScene)
	}
	for i, s := range f.series(t) {
		was := slices.Clone(before[i].Scenes)
		if at := slices.Index(was, "S4"); at >= 0 {
			was[at] = "S4 renewed"
		}
		if !slices.Equal(s.Scenes, was) || !slices.Contains(s.Scenes, "S5") {
			t.Errorf("%s is seen by %v, before by %v", s.ParcelID, s.Scenes, before[i].Scenes)
		}
	}
	var spec season.Spec // the ancestor gone from the catalogue altogether gives the same
	b, _ := json.Marshal(f.run.Spec)
	if err := json.Unmarshal(b, &spec); err != nil {
		t.Fatal(err)
	}
	want := dump(t, f.series(t))
	f.extend(t, slices.DeleteFunc(spec.Scenes, func(s imagery.Scene) bool { return s.ID == "S4" || s.ID == "corrupt" }), 4)
	if got := dump(t, f.series(t)); got != want {
		t.Errorf("without the ancestor:\n%s\nwant\n%s", got, want)
	}
}
