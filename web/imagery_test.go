package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"parus/imagery"
	"parus/imagery/overlay"
	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// seedScenes are dates of imagery over each seeded county; the second is half
// under cloud.
var seedScenes = []struct {
	id     string
	day    time.Time
	cloudy bool
}{
	{"S2A_20250611", time.Date(2025, 6, 11, 3, 0, 0, 0, time.UTC), false},
	{"S2B_20250716", time.Date(2025, 7, 16, 3, 0, 0, 0, time.UTC), true},
	{"S2A_20250830", time.Date(2025, 8, 30, 3, 0, 0, 0, time.UTC), false},
}

// stripes is invented land: bands of fields that green over the season.
type stripes struct {
	cloudy bool
	month  time.Month
}

func (s stripes) Read(_ context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error {
	for i := range dst {
		p := g.Transform.Apply(float64(w.X+i%w.Width)+.5, float64(w.Y+i/w.Width)+.5)
		field := math.Mod(math.Floor(p[0]/90)*7+math.Floor(p[1]/400)*3, 11) / 11
		green := math.Abs(field) * float64(s.month-5) / 4
		dst[i] = brightness(b.Name, green, s.cloudy && math.Mod(p[1], 4000) > 2000)
	}
	return nil
}

// brightness is a band's number under cloud or over more or less green land.
func brightness(band string, green float64, cloud bool) int32 {
	switch {
	case band == "SCL" && cloud:
		return 9
	case band == "SCL":
		return 4
	case cloud:
		return 6000
	case band == "B02":
		return int32(900 - 600*green)
	case band == "B03":
		return int32(1100 - 400*green)
	case band == "B04":
		return int32(1400 - 1100*green)
	}
	return int32(2200 + 2200*green)
}

// drawScenes keeps overlays of the county as the stage "render" would.
func drawScenes(ctx context.Context, conn *pgx.Conn, q *ids, c county, run int64) error {
	area := overlay.AreaOf(orb.Bound{Min: orb.Point{c.lon, c.lat}, Max: orb.Point{c.lon + .02, c.lat + .015}})
	for _, s := range seedScenes[:min(len(seedScenes), c.villages)] { // a village has one
		scene := imagery.Scene{ID: s.id, Sensor: "sentinel-2-l2a", Datetime: s.day}
		for _, b := range []string{"B02", "B03", "B04", "B08", "SCL"} {
			scene.Bands = append(scene.Bands, imagery.Band{Name: b, Index: 1, Scale: 1e-4})
		}
		for _, cell := range area.Cells() {
			unit := q.one(`insert into work (key, county, stage, item, payload, state) values ($1, $2, 'render', $1, '{}', 'done') returning id`,
				c.code+s.id+cell.String(), c.code)
			if q.err != nil {
				return q.err
			}
			batch := &pgx.Batch{}
			report, err := overlay.Render(ctx, stripes{s.cloudy, s.day.Month()}, overlay.Job{Scene: scene, Cell: cell, Area: area}, func(d overlay.Drawn) error {
				batch.Queue(`insert into overlay_tile (unit, county, kind, z, x, y, data) values ($1, $2, $3, $4, $5, $6, $7)`,
					unit, c.code, string(d.Kind), d.Tile.Z, d.Tile.X, d.Tile.Y, d.Data)
				return nil
			})
			if err != nil {
				return err
			}
			if _, err := conn.Exec(ctx, `insert into run_work (run, unit) values ($1, $2)`, run, unit); err != nil {
				return err
			}
			if _, err := conn.Exec(ctx, `insert into overlay (unit, county, scene, datetime, seen, clear, kinds) values ($1, $2, $3, $4, $5, $6, $7)`,
				unit, c.code, s.id, s.day, report.Seen, report.Clear, report.Kinds); err != nil {
				return err
			}
			if err := conn.SendBatch(ctx, batch).Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

// scenePath is the path of the tile of a zoom over a parcel.
func scenePath(release int64, scene, kind string, p seedParcel, z int) string {
	return fmt.Sprintf("/tiles/%d/imagery/%s/%s/%s", release, scene, kind, tileOf(p, z))
}

func TestImageryListsDatesWithTheirClearShare(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")
	status, body := b.get(fmt.Sprintf("/v1/publications/%d/imagery", s.own))
	var got struct {
		Scenes           []publication.SceneOverlay
		MinZoom, MaxZoom int
		Legend           []overlay.Stop
	}
	if err := json.Unmarshal(body, &got); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v: %s", status, err, body)
	}
	if len(got.Scenes) != len(seedScenes) || got.MinZoom != 10 || got.MaxZoom != 14 || len(got.Legend) != len(overlay.Legend()) {
		t.Fatalf("%+v", got)
	}
	for i, o := range got.Scenes {
		want := seedScenes[i]
		cloudy := o.ClearShare > .3 && o.ClearShare < .7
		if o.Scene != want.id || o.Date != want.day.Format(time.DateOnly) || cloudy != want.cloudy || !cloudy && o.ClearShare != 1 ||
			strings.Join(o.Kinds, " ") != "truecolour vegetation" || o.Version <= 0 {
			t.Errorf("scene %d is %+v, want %+v", i, o, want)
		}
	}
	if status, _ := b.get(fmt.Sprintf("/v1/publications/%d/imagery", s.foreign)); status != http.StatusNotFound {
		t.Errorf("another county's imagery answers %d", status)
	}
}

func TestImageryTilesAnswer(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	addAccount(t, s, "partner", publication.Partner, own.code)
	srv := serve(t, s)
	b := signedIn(t, srv, "officer")
	scene := seedScenes[0].id
	full := scenePath(s.own, scene, "vegetation", s.first, 14)
	for _, c := range []struct {
		name, path string
		want       int
	}{
		{"a tile of vegetation", full, 200},
		{"a tile of true colour", scenePath(s.own, scene, "truecolour", s.first, 10), 200},
		{"a tile where nothing is drawn", fmt.Sprintf("/tiles/%d/imagery/%s/vegetation/14/0/0", s.own, scene), 204},
		{"a scene that does not exist", scenePath(s.own, "nothing", "vegetation", s.first, 14), 204},
		{"a zoom above the pyramid", fmt.Sprintf("/tiles/%d/imagery/%s/vegetation/9/0/0", s.own, scene), 404},
		{"a zoom below it", fmt.Sprintf("/tiles/%d/imagery/%s/vegetation/15/0/0", s.own, scene), 404},
		{"a publication of another county", scenePath(s.foreign, scene, "vegetation", s.first, 14), 404},
		{"a publication that does not exist", scenePath(999, scene, "vegetation", s.first, 14), 404},
		{"a kind that does not exist", scenePath(s.own, scene, "infrared", s.first, 14), 422},
		{"TileJSON", fmt.Sprintf("/tiles/%d/imagery/%s/vegetation", s.own, scene), 200},
		{"TileJSON of another county", fmt.Sprintf("/tiles/%d/imagery/%s/vegetation", s.foreign, scene), 404},
		{"TileJSON of no scene", fmt.Sprintf("/tiles/%d/imagery/nothing/vegetation", s.own), 404},
	} {
		status, body := b.get(c.path)
		if status != c.want {
			t.Errorf("%s: status %d, want %d: %.200s", c.name, status, c.want, body)
		}
		if len(body) > overlay.MaxTileBytes {
			t.Errorf("%s takes %d bytes", c.name, len(body))
		}
	}
	if status, _ := signedIn(t, srv, "partner").get(full); status != http.StatusOK {
		t.Errorf("a partner, who sees no scores, gets %d for imagery", status)
	}
	var j struct{ Tiles []string }
	_, body := b.get(fmt.Sprintf("/tiles/%d/imagery/%s/vegetation", s.own, scene))
	if err := json.Unmarshal(body, &j); err != nil || len(j.Tiles) != 1 || !strings.Contains(j.Tiles[0], "/{z}/{x}/{y}?v=") {
		t.Errorf("TileJSON: %v: %s", err, body)
	}
}

func TestImageryTilesAreImmutableByVersion(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")
	var data bytes.Buffer
	ask := func(path, etag string) *http.Response {
		data.Reset()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", etag)
		res, err := b.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		_, _ = data.ReadFrom(res.Body)
		return res
	}
	path := scenePath(s.own, seedScenes[0].id, "vegetation", s.first, 14)
	res := ask(path+"?v=7", "") //nolint:bodyclose // ask closes it
	if m, kind, err := image.Decode(&data); err != nil || kind != "png" || m.Bounds().Dx() != 256 || res.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%s %v, %v", kind, res.Header, err)
	}
	if got := res.Header.Get("Cache-Control"); got != "private, max-age=31536000, immutable" {
		t.Errorf("Cache-Control is %q", got)
	}
	again := ask(path+"?v=7", res.Header.Get("ETag")) //nolint:bodyclose // ask closes it
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("asked with its ETag, the tile answers %d", again.StatusCode)
	}
	plain := ask(path, "") //nolint:bodyclose // ask closes it
	if strings.Contains(plain.Header.Get("Cache-Control"), "immutable") {
		t.Error("without a version a tile is immutable")
	}
	empty := ask(fmt.Sprintf("/tiles/%d/imagery/%s/vegetation/14/0/0?v=7", s.own, seedScenes[0].id), "") //nolint:bodyclose // ask closes it
	if empty.StatusCode != http.StatusNoContent || empty.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("what is not drawn answers %d, %q", empty.StatusCode, empty.Header.Get("Cache-Control"))
	}
}
