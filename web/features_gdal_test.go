package web_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/internal/publication"
	"parus/web"
)

// gdal is a partner's GDAL with a token, and the addresses that it has asked for.
type gdal struct {
	*world
	base, secret string
	mu           sync.Mutex
	asked        []*url.URL
}

func newGDAL(t *testing.T, s seeded) *gdal {
	t.Helper()
	for _, tool := range []string{"ogrinfo", "ogr2ogr"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: run make setup", tool)
		}
	}
	g := &gdal{world: &world{readable: &readable{lender: &lender{seeded: s}}}}
	g.secret = g.token(t, "gis", publication.Partner, []string{"read"}, own.code)
	h, err := web.New(web.Config{Now: func() time.Time { return time.Date(2025, 8, 25, 5, 0, 0, 0, time.UTC) }}, s.db)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.asked = append(g.asked, r.URL)
		g.mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	g.base = srv.URL
	return g
}

// run runs a tool with the token and returns what it printed and complained of.
func (g *gdal) run(t *testing.T, secret, tool string, args ...string) (out, complaints string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Env = append(os.Environ(), "GDAL_HTTP_HEADERS=Authorization: Bearer "+secret, "HOME="+t.TempDir(), "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// table reads what is selected from a layer as rows of id and figures.
func (g *gdal) table(t *testing.T, from string, options ...string) map[string][]float64 {
	t.Helper()
	args := append([]string{"-f", "CSV", "/vsistdout/", "OAPIF:" + g.base + "/ogc", "-oo", "PAGE_SIZE=97",
		"-sql", fmt.Sprintf(`select id, area_ha, OGR_GEOM_AREA from %s`, from)}, options...)
	out, complaints, err := g.run(t, g.secret, "ogr2ogr", args...)
	if err != nil || complaints != "" {
		t.Fatalf("ogr2ogr %v: %v: %s", args, err, complaints)
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v: %s", err, out)
	}
	got := map[string][]float64{}
	for _, row := range rows[1:] {
		if _, twice := got[row[0]]; twice {
			t.Fatalf("feature %s comes twice", row[0])
		}
		for _, text := range row[1:] {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatalf("%v: %v", row, err)
			}
			got[row[0]] = append(got[row[0]], v)
		}
	}
	return got
}

// pages counts the pages of items that were asked for since.
func (g *gdal) pages(param string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, u := range g.asked {
		if strings.HasSuffix(u.Path, "/items") && u.Query().Has(param) {
			n++
		}
	}
	g.asked = nil
	return n
}

// GDAL's own client reads the county, page after page, as SQL has it.
func TestGDALReadsTheCounty(t *testing.T) {
	t.Parallel()
	s := seed(t)
	if _, err := s.db.KeepMissing(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := newGDAL(t, s)
	layer := "parcels-" + own.code + "-" + seasonOf.Name
	rows, err := connectTo(t, s.url).Query(t.Context(), `select id, round(area_m2) / 1e4, ST_Area(ST_Transform(geom, 4326)) from published_parcel where publication = $1`, s.own)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]float64{}
	for rows.Next() {
		var id string
		var ha, degrees float64
		if err := rows.Scan(&id, &ha, &degrees); err != nil {
			t.Fatal(err)
		}
		want[id] = []float64{ha, degrees}
	}
	if rows.Err() != nil || len(want) < 300 {
		t.Fatalf("%d parcels, %v", len(want), rows.Err())
	}

	out, complaints, err := g.run(t, g.secret, "ogrinfo", "-ro", "-so", "OAPIF:"+g.base+"/ogc", layer)
	if err != nil || complaints != "" || !strings.Contains(out, fmt.Sprintf("Feature Count: %d\n", len(want))) || !strings.Contains(out, "Geometry: Multi Polygon") {
		t.Errorf("ogrinfo: %v %s\n%s", err, complaints, out)
	}
	for _, field := range parcelProperties {
		if !strings.Contains(out, "\n"+field+": ") {
			t.Errorf("ogrinfo shows no field %s:\n%s", field, out)
		}
	}
	g.pages("")
	quoted := strconv.Quote(layer)
	got := g.table(t, quoted)
	if pages := g.pages("cursor"); pages < len(want)/97 {
		t.Errorf("GDAL has followed %d links to a next page for %d features", pages, len(got))
	}
	// Eight decimals of a degree against parcels of 0.0005° leave five digits.
	var sum, sumWanted float64
	for id, w := range want {
		f, ok := got[id]
		if !ok || math.Abs(f[0]-w[0]) > 1e-9 || math.Abs(f[1]/w[1]-1) > 1e-4 {
			t.Fatalf("parcel %s is read as %v, want %v", id, f, w)
		}
		sum, sumWanted = sum+f[1], sumWanted+w[1]
	}
	if len(got) != len(want) || math.Abs(sum/sumWanted-1) > 1e-6 {
		t.Errorf("%d features on %g square degrees, want %d on %g", len(got), sum, len(want), sumWanted)
	}

	box := [4]float64{s.first.corners[0][0], s.first.corners[0][1], s.first.corners[0][0] + 0.003, s.first.corners[0][1] + 0.004}
	near := 0
	for id, row := range s.rows {
		if strings.HasPrefix(id, own.code) && overlaps(row, box) {
			near++
		}
	}
	spat := []string{"-spat"}
	for _, v := range box {
		spat = append(spat, strconv.FormatFloat(v, 'f', -1, 64))
	}
	if got := g.table(t, quoted, spat...); len(got) != near || near == 0 || g.pages("bbox") == 0 {
		t.Errorf("in a box GDAL reads %d parcels, want %d, asked for by bbox", len(got), near)
	}
	maize := 0
	for id, row := range s.rows {
		if strings.HasPrefix(id, own.code) && row.crop == "maize" && !row.abstained {
			maize++
		}
	}
	if got := g.table(t, quoted+" where crop = 'maize' and abstained = 0"); len(got) != maize || maize == 0 || g.pages("crop") == 0 {
		t.Errorf("of maize GDAL reads %d parcels, want %d, asked for by crop", len(got), maize)
	}
	if out, complaints, err := g.run(t, "parus_wrong", "ogrinfo", "-ro", "OAPIF:"+g.base+"/ogc"); err == nil || strings.Contains(out, own.code) {
		t.Errorf("with a wrong token ogrinfo prints %s%s", out, complaints)
	}
}
