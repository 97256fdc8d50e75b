package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/overlay"
	"parus/imagery/pmtiles"
	"parus/imagery/stac"
)

// overlayCmd is `parus overlay`.
type overlayCmd struct {
	Scenes  string    `required:"" placeholder:"ITEMS|URL" help:"STAC items: a file, a folder, or the URL of a catalogue or API; or SAFE folders and zips."`
	Kind    string    `default:"" enum:",true-colour,vegetation" placeholder:"KIND" help:"true-colour or vegetation; default: all that the bands allow."`
	Date    time.Time `format:"2006-01-02" placeholder:"DAY" help:"Scenes of this day alone."`
	Bounds  []float64 `placeholder:"W,S,E,N" help:"Degrees; default: all of each scene."`
	Threads int       `default:"0" help:"Threads; 0 for all processors. Changes no result."`
	Output  string    `short:"o" required:"" placeholder:"F.pmtiles|DIR" help:"Archive to write, of one scene and kind; or a folder, for an archive of each."`
}

// Help describes what is drawn.
func (overlayCmd) Help() string {
	return `Draws scenes as the map of a season shows them, zoom 10 to 14, and keeps the tiles in PMTiles archives. They hold the
same bytes as the map's tiles. True colour shows clouds; vegetation is NDVI where the scene's mask says clear, hatched where
it does not.`
}

// kinds are the overlay kinds as the command line names them.
func (c *overlayCmd) kinds() []overlay.Kind {
	switch c.Kind {
	case "true-colour":
		return []overlay.Kind{overlay.TrueColour}
	case "vegetation":
		return []overlay.Kind{overlay.Vegetation}
	}
	return overlay.Kinds()
}

// single tells whether the output is one archive, not a folder.
func (c *overlayCmd) single() bool { return strings.HasSuffix(c.Output, ".pmtiles") }

// Run draws scene after scene; those that cannot be drawn are named, and make
// the verb fail once the others are done.
func (c *overlayCmd) Run(ctx context.Context, s *streams) error {
	bound, err := c.bound()
	if err != nil {
		return usageError{err}
	}
	gdal.LimitCache(compositeCache) // before the first pixel is read
	query := stac.Query{Start: c.Date, End: c.Date, Bound: bound, Undigested: true}
	found, err := stac.Load(ctx, c.Scenes, query)
	if err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	for _, r := range found.Refused {
		fmt.Fprintf(s.Err, "overlay: %s left out: %s\n", r.ID, r.Reason)
	}
	superseded := imagery.Superseded(found.Scenes)
	scenes := slices.DeleteFunc(found.Scenes, func(sc imagery.Scene) bool { _, old := superseded[sc.ID]; return old })
	switch {
	case len(scenes) == 0:
		return fmt.Errorf("overlay: %s has no usable scene in this time", c.Scenes)
	case c.single() && (len(scenes) > 1 || len(c.kinds()) > 1):
		return usageError{fmt.Errorf("overlay: %d scenes of %d kinds for one archive: name a --date of one scene and a --kind, or a folder", len(scenes), len(c.kinds()))}
	case !c.single():
		if err := os.MkdirAll(c.Output, 0o755); err != nil {
			return fmt.Errorf("overlay: %w", err)
		}
	}
	failed := 0
	for _, sc := range scenes {
		if err := c.scene(ctx, sc, bound, s); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			fmt.Fprintf(s.Err, "overlay: %v\n", err)
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("overlay: %d of %d scenes could not be drawn; their reasons are above", failed, len(scenes))
	}
	return nil
}

// bound reads --bounds, nil where there are none.
func (c *overlayCmd) bound() (*orb.Bound, error) {
	if c.Threads < 0 {
		return nil, fmt.Errorf("overlay: --threads %d: want 0 or more", c.Threads)
	}
	b := c.Bounds
	switch {
	case len(b) == 0:
		return nil, nil
	case len(b) != 4 || !(b[0] >= -180 && b[0] < b[2] && b[2] <= 180 && b[1] >= -90 && b[1] < b[3] && b[3] <= 90):
		return nil, fmt.Errorf("overlay: --bounds %v: want west, south, east, north in degrees", b)
	}
	return &orb.Bound{Min: orb.Point{b[0], b[1]}, Max: orb.Point{b[2], b[3]}}, nil
}

// widest is how many degrees of longitude a scene may span: wider ones cross
// the antimeridian, and are all around the globe for tiles.
const widest = 90

// scene draws one scene into an archive of each kind.
func (c *overlayCmd) scene(ctx context.Context, sc imagery.Scene, within *orb.Bound, s *streams) error {
	r := gdal.NewReader()
	sc, err := r.Probe(ctx, sc)
	_ = r.Close() // nothing was written
	if err != nil {
		return err
	}
	bound := sc.Bound
	if within != nil {
		bound = *within
	}
	if bound.IsEmpty() || bound == (orb.Bound{}) || bound.Max[0]-bound.Min[0] > widest {
		return fmt.Errorf("scene %s: its footprint is not known or goes around the globe: give --bounds", sc.ID)
	}
	started := time.Now()
	dir := c.Output
	if c.single() {
		dir = filepath.Dir(c.Output)
	}
	a := &archives{scene: sc, bound: bound, dir: dir, byKind: map[overlay.Kind]*archive{}}
	defer a.discard()
	seen, err := c.draw(ctx, a)
	if err != nil {
		return err
	}
	for kind, one := range a.byKind {
		path := c.Output
		if !c.single() {
			path = filepath.Join(dir, fileName(sc, kind))
		}
		if err := one.finish(path); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.Err, "overlay: %s: %d tiles of %v, %.0f %% clear, %.1f s\n", sc.ID, a.count, seen.Kinds,
		100*float64(seen.Clear)/float64(max(seen.Seen, 1)), time.Since(started).Seconds())
	return nil
}

// fileName is where a scene's archive lies in a folder.
func fileName(sc imagery.Scene, kind overlay.Kind) string {
	safe := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:`, r) || r < ' ' {
			return '_'
		}
		return r
	}, sc.ID)
	return fmt.Sprintf("%s-%s-%s.pmtiles", sc.Datetime.UTC().Format(time.DateOnly), safe, kind)
}

// draw renders the cells that the area touches, several at once.
func (c *overlayCmd) draw(ctx context.Context, a *archives) (overlay.Report, error) {
	threads := c.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	var total overlay.Report
	var mu sync.Mutex
	area := overlay.AreaOf(a.bound)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(threads)
	for _, cell := range area.Cells() {
		group.Go(func() error {
			reader := gdal.NewReader()
			reader.ForMap()
			defer func() { _ = reader.Close() }() // nothing was written
			report, err := overlay.Render(ctx, reader, overlay.Job{Scene: a.scene, Cell: cell, Area: area, Kinds: c.kinds()}, a.add)
			if errors.Is(err, overlay.ErrNothing) {
				err = nil
			}
			mu.Lock()
			defer mu.Unlock()
			total.Seen, total.Clear = total.Seen+report.Seen, total.Clear+report.Clear
			if len(report.Kinds) > 0 {
				total.Kinds = report.Kinds
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return total, err
	}
	if total.Seen == 0 {
		return total, fmt.Errorf("scene %s: nothing of it lies in the area, or it has not the bands of a %s picture", a.scene.ID, c.kinds())
	}
	return total, nil
}

// archives gathers the tiles of one scene, an archive for each kind.
type archives struct {
	mu     sync.Mutex
	scene  imagery.Scene
	bound  orb.Bound
	dir    string // where spools lie: beside the output
	count  int
	byKind map[overlay.Kind]*archive
}

// archive is one that is being gathered.
type archive struct {
	spool *os.File
	*pmtiles.Writer
}

// add takes a tile, from any goroutine.
func (a *archives) add(d overlay.Drawn) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	one, ok := a.byKind[d.Kind]
	if !ok {
		spool, err := os.CreateTemp(a.dir, ".parus-*")
		if err != nil {
			return err
		}
		one = &archive{spool, pmtiles.NewWriter(spool, pmtiles.Info{
			Name:        fmt.Sprintf("%s %s", a.scene.Datetime.UTC().Format(time.DateOnly), d.Kind),
			Description: a.scene.ID, Bound: a.bound,
		})}
		a.byKind[d.Kind] = one
	}
	a.count++
	return one.Add(pmtiles.Tile{Z: d.Tile.Z, X: d.Tile.X, Y: d.Tile.Y, Data: d.Data})
}

// discard removes the spools.
func (a *archives) discard() {
	for _, one := range a.byKind {
		_ = one.spool.Close()
		_ = os.Remove(one.spool.Name())
	}
}

// finish puts the archive in its place once it is whole.
func (one *archive) finish(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".parus-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already where all went well
	err = errors.Join(one.WriteArchive(f), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
