package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parus/internal/mapsheet"
	"parus/internal/publication"
	"parus/web"

	"github.com/jackc/pgx/v5"
)

func TestAShelfDropsWhatWasAskedForLongestAgo(t *testing.T) {
	t.Parallel()
	s := web.NewShelf(10)
	s.Put(1, "a", 4)
	s.Put(2, "b", 4)
	s.Get(1)
	s.Put(3, "c", 4) // 12 are too many: 2 goes
	s.Put(4, "d", 11)
	for k, want := range map[int]string{1: "a", 2: "", 3: "c", 4: ""} {
		if got, ok := s.Get(k); got != want || ok != (want != "") {
			t.Errorf("%d is %q, %v; want %q", k, got, ok, want)
		}
	}
	s.Put(3, "c2", 1)
	if got, _ := s.Get(3); got != "c2" || s.Held() != 5 {
		t.Errorf("3 is %q with %d bytes held, want c2 and 5", got, s.Held())
	}
}

func TestThePyramidIsOne(t *testing.T) {
	t.Parallel()
	if publication.ParcelsFromZoom != mapsheet.ParcelsFromZoom || publication.MaxZoom != mapsheet.LastZoom {
		t.Error("what is asked for and what is drawn have different zooms")
	}
}

// counted counts what is asked of the database, and can make it wait.
type counted struct {
	web.Store
	sheets atomic.Int64
	gate   chan struct{} // nil: open
}

func (c *counted) MapSheets(ctx context.Context, s publication.Scope, id int64, cells []mapsheet.Cell) ([]mapsheet.Packed, error) {
	c.sheets.Add(1)
	if c.gate != nil {
		<-c.gate
	}
	return c.Store.MapSheets(ctx, s, id, cells)
}

// packedTile gets a tile as it goes over the line.
func packedTile(t *testing.T, b *browser, path string) (fetched, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fetched{res.StatusCode, res.Header}, body
}

func TestManyWhoAskForOneTileWaitForOneDrawing(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	store := &counted{Store: s.db, gate: make(chan struct{})}
	h, err := web.New(web.Config{}, store)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	b := signedIn(t, srv, "officer")
	path := fmt.Sprintf("/tiles/%d/parcels/%s.mvt", s.own, tileOf(s.first, 14))
	var wait sync.WaitGroup
	tiles := make([][]byte, 6)
	for i := range tiles {
		wait.Go(func() { _, tiles[i] = packedTile(t, b, path) })
	}
	store.gate <- struct{}{} // whoever draws first has begun
	close(store.gate)
	wait.Wait()
	// A request that came after the drawing found it on the shelf.
	if n := store.sheets.Load(); n != 1 {
		t.Errorf("the database was asked %d times, want once", n)
	}
	for _, tile := range tiles {
		if len(tile) == 0 || !bytes.Equal(tile, tiles[0]) {
			t.Errorf("tiles of %d and %d bytes", len(tile), len(tiles[0]))
		}
	}
}

func TestATileThatIsHeldIsNotForEverybody(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	addAccount(t, s, "partner", publication.Partner, own.code)
	addAccount(t, s, "stranger", publication.Officer, foreign.code)
	srv := serve(t, s)
	path := fmt.Sprintf("/tiles/%d/parcels/%s.mvt", s.own, tileOf(s.first, 15))
	officer, partner := signedIn(t, srv, "officer"), signedIn(t, srv, "partner")
	for range 2 { // drawn, and held
		if _, tile := officer.get(path); !bytes.Contains(tile, []byte("line")) {
			t.Error("an officer's tile holds no line")
		}
		if status, tile := partner.get(path); status != http.StatusOK || bytes.Contains(tile, []byte("line")) {
			t.Errorf("a partner's tile: status %d, holds lines", status)
		}
		if status, _ := signedIn(t, srv, "stranger").get(path); status != http.StatusNotFound {
			t.Errorf("somebody of another county gets status %d, want 404", status)
		}
		if status, _ := newBrowser(t, srv).get(path); status != http.StatusUnauthorized {
			t.Errorf("nobody gets status %d, want 401", status)
		}
	}
}

func TestARemovedPublicationsTilesAreGoneWithin10Seconds(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	now := time.Now()
	h, err := web.New(web.Config{Now: func() time.Time { return now }}, s.db)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	b := signedIn(t, srv, "officer")
	path := fmt.Sprintf("/tiles/%d/parcels/%s.mvt", s.own, tileOf(s.first, 14))
	if status, _ := b.get(path); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	order(t, s, `delete from publication where id = $1`, s.own)
	now = now.Add(11 * time.Second)
	if status, _ := b.get(path); status != http.StatusNotFound {
		t.Errorf("status %d of a publication that was removed, want 404", status)
	}
}

// TestEveryParcelIsOnTheMapWithinItsBudget goes over every tile of the county:
// each parcel is in one at least from zoom 13 on, kept sheets give the bytes that
// the rows give, and no tile weighs more than a prototype's of 23,520 parcels.
func TestEveryParcelIsOnTheMapWithinItsBudget(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	before := signedIn(t, serve(t, s), "officer")
	drawn := map[string][]byte{}
	budgets := map[int]int{10: 1_000, 12: 1_000, 13: 34_000, 14: 9_000, 15: 9_000, 16: 4_000}
	for z, budget := range budgets {
		shown := map[any]bool{}
		for _, path := range s.tilesAt(z) {
			res, tile := packedTile(t, before, path)
			drawn[path] = tile
			if res.StatusCode == http.StatusNoContent {
				continue
			}
			if res.Header.Get("Content-Encoding") != "gzip" || len(tile) > budget {
				t.Errorf("%s takes %d bytes as %q, budget %d of gzip", path, len(tile), res.Header.Get("Content-Encoding"), budget)
			}
			for _, f := range featuresOf(t, tile) {
				shown[f["id"]] = true
			}
		}
		want := len(s.rows) - foreign.villages*strips*rowsOf
		if z < publication.ParcelsFromZoom {
			want = own.villages
		}
		if len(shown) != want {
			t.Errorf("zoom %d shows %d of %d", z, len(shown), want)
		}
	}
	if err := s.db.KeepShown(t.Context(), s.own); err != nil {
		t.Fatal(err)
	}
	after := signedIn(t, serve(t, s), "officer")
	for path, want := range drawn {
		if _, tile := packedTile(t, after, path); !bytes.Equal(tile, want) {
			t.Errorf("%s: %d bytes from what is kept, %d from the rows", path, len(tile), len(want))
		}
	}
}

func featuresOf(t *testing.T, packed []byte) (features []map[string]any) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := readTile(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		features = append(features, l.features...)
	}
	return features
}

// tilesAt lists the tiles under the own county.
func (s seeded) tilesAt(z int) (paths []string) {
	n := float64(int(1) << z)
	x0, y0 := mercator([2]float64{own.lon - 0.01, own.lat + 0.04})
	x1, y1 := mercator([2]float64{own.lon + 0.075, own.lat - 0.01})
	for x := int(x0 * n); x <= int(x1*n); x++ {
		for y := int(y0 * n); y <= int(y1*n); y++ {
			paths = append(paths, fmt.Sprintf("/tiles/%d/parcels/%d/%d/%d.mvt", s.own, z, x, y))
		}
	}
	return paths
}

func order(t *testing.T, s seeded, sql string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}
