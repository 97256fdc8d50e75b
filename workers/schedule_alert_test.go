package workers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parus/fields"
	"parus/imagery"
	"parus/internal/postgis"
	"parus/internal/publication"
)

// Wheat north of struckFromY, about 36.558° N, is bare ground on two dates: the
// first could be a cloud, the second makes an alert of both.
const struckFromY = 4046060.0

func struckOn() []time.Time { return []time.Time{day(2025, 5, 2), day(2025, 5, 7)} }

// struck is a picture of that land in which a strip is struck.
type struck struct{ picture }

func (s struck) Read(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error {
	hit := slices.ContainsFunc(struckOn(), func(at time.Time) bool { return strings.HasPrefix(b.Href, fmt.Sprint(at.Unix())) })
	if err := s.picture.Read(ctx, b, g, w, dst); err != nil || !hit {
		return err
	}
	red, nir := reflectance(false, struckOn()[0])
	for i := range dst {
		if y := g.Transform[3] + (float64(w.Y+i/w.Width)+.5)*g.Transform[5]; y > struckFromY && b.Name != "SCL" {
			dst[i] = int32(map[string]float64{"B04": red, "B08": nir}[b.Name] * 1e4)
		}
	}
	return nil
}

// crowd is that land with wheat enough for a county's band, and one parcel in
// the strip that is struck.
func crowd() []fields.Parcel {
	all := land()
	at := func(id string, lon, lat float64) {
		shape := square(lon)
		for i := range shape[0][0] {
			shape[0][0][i][1] += lat - 36.548
		}
		all = append(all, fields.Parcel{ID: id, HouseholdID: "h1", Shape: shape, AreaM2: 39700, ContractM2: 39700, Certified: true})
	}
	for i := range 24 {
		at(fmt.Sprintf("crowd%02d", i), 117.590+.0025*float64(i%6), 36.5455-.0025*float64(i/6))
	}
	at("struck", 117.603, 36.560)
	return all
}

func TestAPollThatBringsASceneOfDamageRaisesAnAlert(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	w.ended(t, w.run.ID)
	items := regular()[:9] // the last of these dates is 24 April, when wheat is greenest
	for i, at := range struckOn() {
		items = append(items, listed(fmt.Sprint("D", i), at, nil))
	}
	w.now(nil, items[:10]...)
	registry, err := w.db.ImportRegistry(t.Context(), postgis.RegistryRelease{County: w.run.Spec.County, Digest: "crowd", Source: "crowd", Parcels: crowd(),
		Households: []fields.Household{{ID: "h1"}, {ID: "h2"}, {ID: "h3"}}})
	if err != nil {
		t.Fatal(err)
	}
	run := w.run
	run.Registry, run.Spec.RegistryDigest, run.Spec.Scenes = registry, "crowd", w.read(t)
	if w.run, err = w.db.StartRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	w.open = func() pixels { return served{struck{}} }
	w.clock.set(struckOn()[1].Add(24 * time.Hour))
	if err := w.drive(t, w.stages...); err != nil {
		t.Fatal(err)
	}
	if found := w.alerts(t); len(found) != 0 {
		t.Fatalf("after one date: %v", found)
	}
	w.now(nil, items...)
	_, k := w.poll(t, w.scheduler(t))
	if w.run, err = w.db.Run(t.Context(), k.LastRun); err != nil {
		t.Fatalf("%v: %+v", err, k)
	}
	if err := w.drive(t, w.stages...); err != nil {
		t.Fatal(err)
	}
	if found := w.alerts(t); len(found) != 1 || found[0] != "struck left_band open 2025-05-02" {
		t.Errorf("alerts %v, want one of the struck parcel", found)
	}
}

// alerts are those of the run's publication.
func (w *polledFarm) alerts(t *testing.T) []string {
	t.Helper()
	id, err := w.db.PublicationOfRun(t.Context(), w.run.ID)
	if err != nil {
		t.Fatal(err)
	}
	page, err := w.db.Alerts(t.Context(), publication.Scope{Counties: []string{""}, Scores: true}, id, publication.AlertQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range page.Items {
		out = append(out, fmt.Sprintf("%s %s %s %s", a.ParcelID, a.Kind, a.State, a.FirstOn))
	}
	return out
}
