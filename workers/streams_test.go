package workers_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"parus/imagery"
	"parus/internal/ledger"
	"parus/internal/season"
)

// of makes a scene of another sensor of the same land.
func of(sensor, id string, at time.Time, scale float64, bands ...string) imagery.Scene {
	s := imagery.Scene{ID: id, Sensor: sensor, Datetime: at, InputDigest: id}
	for _, b := range bands {
		s.Bands = append(s.Bands, imagery.Band{Name: b, Href: fmt.Sprintf("%d false", at.Unix()), Index: 1, Scale: scale})
	}
	return s
}

func TestSensorsOfOneSeasonDoNotSpoilEachOther(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(s *season.Spec) {
		for i := range 3 {
			at := winter.Start.AddDate(0, 0, 12+60*i)
			s.Scenes = append(s.Scenes, of("landsat-c2-l2", fmt.Sprint("L", i), at, 1e-4, "SR_B4", "SR_B5", "QA_PIXEL"))
			s.Scenes = append(s.Scenes, of("mod13q1", fmt.Sprint("M", i), at, 1e-4, "NDVI"))
			up := of("sentinel-1-grd", fmt.Sprint("up", i), at.AddDate(0, 0, 1), 1e-5, "VV", "VH")
			up.Orbit = "ascending"
			s.Scenes = append(s.Scenes, up)
		}
		down := of("sentinel-1-grd", "down", day(2025, 2, 2), 1e-5, "VV", "VH")
		down.Orbit = "descending"
		s.Scenes = append(s.Scenes, down)
	})
	if err := f.drive(t, f.stages...); err != nil {
		t.Fatal(err)
	}
	f.want(t, map[string]string{
		"verify M0":             "skipped: pixels of 250 m are not merged into a series of 10 m",
		"verify down":           "skipped: descending radar (1 scenes): the season's radar series is ascending (3 scenes)",
		"publish season winter": "done: ",
	})
	f.checkPublished(t) // the same crops as without the others
	row := f.seriesOf(t, "wheat")
	if want := []string{"B04", "B08", "B8A", "VH", "VV", "ndvi", "rvi", "vhvv"}; !slices.Equal(row.Layers, want) {
		t.Fatalf("layers %v, want %v", row.Layers, want)
	}
	if n := len(dates()) + 3 + 3; len(row.Dates) != n {
		t.Errorf("%d dates, want %d of Sentinel-2, Landsat and the ascending radar", len(row.Dates), n)
	}
	for i, scene := range row.Scenes {
		value := func(layer string) float64 { return float64(row.Layer(layer)[i]) }
		red, nir := reflectance(true, row.Dates[i])
		radar := scene[0] == 'u'
		for layer, want := range map[string]float64{"B04": red, "ndvi": (nir - red) / (nir + red), "VV": -10, "vhvv": -10, "rvi": 4 * .01 / .11} {
			if radar != (layer == "VV" || layer == "vhvv" || layer == "rvi") {
				want = math.NaN()
			}
			if got := value(layer); math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 2e-3 {
				t.Errorf("%s of %s is %v, want %v", layer, scene, got, want)
			}
		}
		if landsat := scene[0] == 'L'; !radar && (math.IsNaN(value("B8A")) == landsat || math.IsNaN(value("B08")) != landsat) {
			t.Errorf("%s: the near infrared of one sensor is in the layer of the other", scene)
		}
		if radar != (row.Valid[i] == 0) {
			t.Errorf("%s: %v of the parcel is clear", scene, row.Valid[i])
		}
	}
}

// seriesOf is a parcel's series as the run keeps it.
func (f farm) seriesOf(t *testing.T, parcel string) season.Series {
	t.Helper()
	units, err := f.db.FinishedUnits(t.Context(), f.run.ID, "assemble")
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range units {
		if u.State != ledger.Done {
			continue
		}
		rows, err := f.db.Series(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r.ParcelID == parcel {
				return r
			}
		}
	}
	t.Fatalf("no series of %s", parcel)
	return season.Series{}
}

func TestAStrayFineSceneDoesNotPushOutACoarseSeries(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(s *season.Spec) {
		stray := s.Scenes[0]
		s.Scenes = []imagery.Scene{stray}
		for i, at := range dates()[1:] {
			s.Scenes = append(s.Scenes, of("mod13q1", fmt.Sprint("M", i), at, 1e-4, "NDVI"))
		}
	})
	if err := f.drive(t, f.stages[:4]...); err != nil {
		t.Fatal(err)
	}
	if row := f.seriesOf(t, "wheat"); len(row.Dates) != len(dates()) {
		t.Errorf("%d dates, want %d", len(row.Dates), len(dates()))
	}
}

func TestScenesThatMoveAreNotObservedAgain(t *testing.T) {
	t.Parallel()
	gaofen := func(place string) []imagery.Scene {
		var out []imagery.Scene
		for i, at := range dates() {
			s := of("gaofen-wfv", fmt.Sprint("G", i), at, 1e-4, "B3", "B4")
			for k := range s.Bands {
				s.Bands[k].Href += " " + place
			}
			mask := s.Bands[0]
			mask.Name, mask.Of = "CLOUD", slices.Clone(s.Bands[:1])
			s.Bands = append(s.Bands, mask)
			out = append(out, s)
		}
		return out
	}
	f := newFarm(t, func(s *season.Spec) { s.Scenes = gaofen("here") })
	if err := f.drive(t, f.stages[:3]...); err != nil {
		t.Fatal(err)
	}
	first := f.observed(t)
	f.run.Spec.Scenes = gaofen("there")
	var err error
	if f.run, err = f.db.StartRun(t.Context(), f.run); err != nil {
		t.Fatal(err)
	}
	if err := f.drive(t, f.stages[:3]...); err != nil {
		t.Fatal(err)
	}
	if second := f.observed(t); len(first) == 0 || fmt.Sprint(second) != fmt.Sprint(first) {
		t.Errorf("%d observations, %d after the move", len(first), len(second))
	}
}
