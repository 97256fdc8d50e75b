package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parus/internal/publication"
)

// tileAt returns the features of a tile by layer.
func tileAt(t *testing.T, b *browser, release int64, p seedParcel, z int) map[string][]map[string]any {
	t.Helper()
	path := fmt.Sprintf("/tiles/%d/parcels/%s.mvt", release, tileOf(p, z))
	status, body := b.get(path)
	if status != http.StatusOK {
		t.Fatalf("GET %s: status %d: %s", path, status, body)
	}
	layers, err := readTile(body)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	out := map[string][]map[string]any{}
	for _, l := range layers {
		if l.version != 2 || l.extent != 4096 {
			t.Errorf("layer %s is version %d with extent %d, want 2 and 4096", l.name, l.version, l.extent)
		}
		out[l.name] = l.features
	}
	return out
}

func TestTilesHoldParcelsFromZoom13AndVillagesBelow(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")
	for z, layer := range map[int]string{10: "villages", 12: "villages", 13: "parcels", 16: "parcels"} {
		tile := tileAt(t, b, s.own, s.first, z)
		if len(tile) != 1 || len(tile[layer]) == 0 {
			t.Errorf("zoom %d holds layers %v, want %s alone", z, tile, layer)
		}
	}
	var found map[string]any
	for _, f := range tileAt(t, b, s.own, s.first, 15)["parcels"] {
		if f["id"] == s.first.id {
			found = f
		}
	}
	if found == nil {
		t.Fatalf("parcel %s is not in its tile", s.first.id)
	}
	if found["crop"] != s.first.crop || found["abstained"] != false || fmt.Sprint(found["line"]) != fmt.Sprint(s.first.line/100) {
		t.Errorf("parcel is %v, want crop %s and line %d", found, s.first.crop, s.first.line/100)
	}
	for key := range found {
		switch key {
		case "id", "crop", "abstained", "line", "match":
		default:
			t.Errorf("attribute %s is not one that a tile may hold", key)
		}
	}
	sum := 0
	for _, f := range tileAt(t, b, s.own, s.first, 8)["villages"] {
		var n int
		if _, err := fmt.Sscan(fmt.Sprint(f["parcels"]), &n); err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if want := own.villages * strips * rowsOf; sum != want {
		t.Errorf("villages hold %d parcels, want %d", sum, want)
	}
}

func TestTileAnswers(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")
	full := fmt.Sprintf("/tiles/%d/parcels/%s.mvt", s.own, tileOf(s.first, 14))
	for _, c := range []struct {
		name, path string
		want       int
	}{
		{"a tile with parcels", full, 200},
		{"an empty tile in range", fmt.Sprintf("/tiles/%d/parcels/14/0/0.mvt", s.own), 204},
		{"a column beyond the range", fmt.Sprintf("/tiles/%d/parcels/14/16384/0.mvt", s.own), 404},
		{"a zoom beyond the range", fmt.Sprintf("/tiles/%d/parcels/17/0/0.mvt", s.own), 404},
		{"a publication that does not exist", "/tiles/999/parcels/14/0/0.mvt", 404},
		{"a publication of another county", fmt.Sprintf("/tiles/%d/parcels/14/0/0.mvt", s.foreign), 404},
		{"a row that is no number", fmt.Sprintf("/tiles/%d/parcels/14/0/x.mvt", s.own), 422},
	} {
		if status, body := b.get(c.path); status != c.want {
			t.Errorf("%s: status %d, want %d: %s", c.name, status, c.want, body)
		}
	}
	req, err := http.NewRequest(http.MethodGet, b.base+full, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("Cache-Control"); got != "private, max-age=31536000, immutable" {
		t.Errorf("Cache-Control is %q", got)
	}
	for _, by := range []string{"Cookie", "Accept-Encoding"} {
		if got := strings.Join(res.Header.Values("Vary"), ","); !strings.Contains(got, by) {
			t.Errorf("Vary is %q, want %s in it", got, by)
		}
	}
	req.Header.Set("If-None-Match", res.Header.Get("ETag"))
	if res, err = b.http.Do(req); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNotModified {
		t.Errorf("asked with its ETag, the tile answers %d, want 304", res.StatusCode)
	}
}
