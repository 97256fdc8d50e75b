package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/paulmach/orb"

	"parus/fields"
	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/observe"
	"parus/imagery/zonal"
	"parus/internal/decoder"
	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/season"
	"parus/internal/services/servicetest"
	"parus/workers"
)

// tileBench is the size of the benchmark, from the environment: the defaults
// are a hundredth of an MGRS tile. All of it is
//
//	PARUS_BENCH_PX=10980 PARUS_BENCH_DATES=36 PARUS_BENCH_FILES=2 PARUS_BENCH_PARCELS=1000000 PARUS_BENCH_DIR=… \
//	go test -run '^$' -bench SeasonOfATile -benchtime 1x -timeout 3h ./cmd/parus
type tileBench struct {
	px, dates, files, parcels, block, threads int
	dir                                       string
	fine                                      int // bands of 10 m; the rest of seven are of 20 m
}

func newTileBench(b *testing.B) tileBench {
	number := func(name string, otherwise int) int {
		if v, err := strconv.Atoi(os.Getenv("PARUS_BENCH_" + name)); err == nil {
			return v
		}
		return otherwise
	}
	t := tileBench{px: number("PX", 1098), dates: number("DATES", 3), files: number("FILES", 1), block: number("STORED", 512),
		threads: number("THREADS", 2), fine: number("FINE", 7), dir: os.Getenv("PARUS_BENCH_DIR")}
	if t.parcels = number("PARCELS", t.px*t.px/120); t.dir == "" {
		t.dir = b.TempDir()
	}
	return t
}

// The tile's corner is that of 50SMF, which is no multiple of a block's side.
const (
	tileCRS      = "EPSG:32650"
	tileX, tileY = 399960.0, 4100040.0
)

var tileBands = []string{"B02", "B03", "B04", "B08", "B05", "B8A", "B11"}

// grid is the tile in pixels of that side, in metres.
func (t tileBench) grid(side float64) imagery.Grid {
	n := int(float64(t.px) * 10 / side)
	return imagery.Grid{CRS: tileCRS, Transform: imagery.GeoTransform{tileX, side, 0, tileY, 0, -side}, Width: n, Height: n}
}

// write makes one file unless it is there: fields of 11 pixels with noise, which
// pack to about 70 % like real reflectance, or classes with clouds on a fifth.
func (t tileBench) write(name string, seed uint64, side float64, class bool) (string, error) {
	path := filepath.Join(t.dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	spec := gdal.RasterSpec{Grid: t.grid(side), Bits: 16, Bands: []string{name}, BlockPx: t.block}
	if class {
		spec.Bits = 8
	}
	w, err := gdal.CreateGeoTIFF(path+".part", spec)
	if err != nil {
		return "", err
	}
	width := spec.Grid.Width
	state := seed*0x9e3779b97f4a7c15 + 1
	for y := 0; y < spec.Grid.Height; y += t.block {
		rows := make([]uint16, width*min(t.block, spec.Grid.Height-y))
		for i := range rows {
			x, r := i%width, y+i/width
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			if field := uint64(x/11)*7919 + uint64(r/11)*104729 + seed; class {
				rows[i] = 4
				if math.Hypot(float64(x%400-200), float64(r%400-200)) < 100 {
					rows[i] = 9
				}
			} else {
				rows[i] = uint16(500 + field*field%2500 + state%256 + state>>8%256)
			}
		}
		if err := w.WriteRows(1, y, rows); err != nil {
			return "", err
		}
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return path, os.Rename(path+".part", path)
}

// scenes are the season's: every date has files of its own name, of which only
// some differ in content.
func (t tileBench) scenes(b *testing.B) []imagery.Scene {
	var out []imagery.Scene
	for d := range t.dates {
		s := imagery.Scene{ID: fmt.Sprintf("S2A_50SMF_%02d", d), Sensor: "sentinel-2-l2a", InputDigest: fmt.Sprint(d),
			Datetime: time.Date(2024, 10, 3, 3, 0, 0, 0, time.UTC).AddDate(0, 0, 7*d), MGRSTile: "50SMF", Baseline: "02.14"}
		for k, name := range append(tileBands, "SCL") {
			side := 20.0
			if k < t.fine {
				side = 10
			}
			made, err := t.write(fmt.Sprintf("%d_%d_%g_%s_%d.tif", t.px, d%t.files, side, name, t.block), uint64(d%t.files*10+k), side, name == "SCL")
			if err != nil {
				b.Fatal(err)
			}
			own := filepath.Join(t.dir, fmt.Sprintf("D%02d_%s.tif", d, name))
			_ = os.Remove(own)
			if err := os.Link(made, own); err != nil {
				b.Fatal(err)
			}
			band := imagery.Band{Name: name, Href: own, Index: 1}
			if name != "SCL" {
				band.Scale, band.ScaleSource = 1e-4, "item"
			}
			s.Bands = append(s.Bands, band)
		}
		out = append(out, s)
	}
	return out
}

// land is a lattice of tilted squares of .23 ha, a quarter of all ground where
// there are a million of them.
func (t tileBench) land(b *testing.B) []fields.Parcel {
	to, err := gdal.NewProjection(tileCRS, "EPSG:4326")
	if err != nil {
		b.Fatal(err)
	}
	defer to.Close()
	n := int(math.Ceil(math.Sqrt(float64(t.parcels))))
	step := float64(t.px) * 10 / float64(n)
	out := make([]fields.Parcel, 0, t.parcels)
	for i := range t.parcels {
		x, y := tileX+(float64(i%n)+.5)*step, tileY-(float64(i/n)+.5)*step
		var ring orb.Ring
		for k := range 5 {
			a := float64(i%90)*math.Pi/180 + float64(k%4)*math.Pi/2
			ring = append(ring, orb.Point{x + 33.9*math.Cos(a), y + 33.9*math.Sin(a)})
		}
		shape, err := to.MultiPolygon(orb.MultiPolygon{{ring}})
		if err != nil {
			b.Fatal(err)
		}
		id := fmt.Sprintf("370199%013d", i)
		out = append(out, fields.Parcel{ID: id, HouseholdID: "h", Shape: shape, AreaM2: 2298, ContractM2: 2298})
	}
	return out
}

// decode reads all stored blocks of the first scenes' files, as many at a time
// as there are threads, and nothing else: the limit that the season is held
// against.
func (t tileBench) decode(b *testing.B, scenes []imagery.Scene) usage {
	files := make(chan string)
	var readers sync.WaitGroup
	before := used()
	for range t.threads {
		readers.Go(func() {
			var buf []uint16
			for f := range files {
				if err := readWhole(f, &buf); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, s := range scenes[:t.files] {
		for _, band := range s.Bands {
			files <- band.Href
		}
	}
	close(files)
	readers.Wait()
	return used().since(before).times(float64(len(scenes)) / float64(t.files))
}

func readWhole(path string, buf *[]uint16) error {
	r, err := gdal.OpenRaster(path)
	if err != nil {
		return err
	}
	defer r.Close()
	w, h := r.Blocks[0], r.Blocks[1]
	for y := 0; y < r.Grid.Height; y += h {
		for x := 0; x < r.Grid.Width; x += w {
			win := imagery.Window{X: x, Y: y, Width: min(w, r.Grid.Width-x), Height: min(h, r.Grid.Height-y)}
			if n := win.Width * win.Height; cap(*buf) < n {
				*buf = make([]uint16, n)
			}
			if err := gdal.ReadPixels(r, 1, win, (*buf)[:win.Width*win.Height]); err != nil {
				return err
			}
		}
	}
	return nil
}

// usage is time on the clock and of this process's processors.
type usage struct{ wall, cpu time.Duration }

func used() usage {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // cannot fail with these arguments
	return usage{time.Duration(time.Now().UnixNano()), time.Duration(r.Utime.Nano() + r.Stime.Nano())}
}

func (u usage) since(v usage) usage { return usage{u.wall - v.wall, u.cpu - v.cpu} }
func (u usage) times(f float64) usage {
	return usage{time.Duration(f * float64(u.wall)), time.Duration(f * float64(u.cpu))}
}

// peakMB is the greatest resident size of this process since the last reset.
func peakMB() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}

// BenchmarkSeasonOfATile takes the scenes of one tile to a series per parcel:
// the stages from verify to assemble, on a real PostGIS and queue. decode-ratio
// is the processor time of observing over that of decoding the same files.
func BenchmarkSeasonOfATile(b *testing.B) {
	t := newTileBench(b)
	scenes := t.scenes(b)
	for b.Loop() {
		db, url := postgistest.Open(b)
		queue, err := workers.ParseRedis(servicetest.Redis(b))
		if err != nil {
			b.Fatal(err)
		}
		county := fields.County{Code: "370199", Name: "测试县", Currency: "CNY"}
		registry, err := db.ImportRegistry(b.Context(), postgis.RegistryRelease{County: county, Digest: "d", Source: "bench", Parcels: t.land(b)})
		if err != nil {
			b.Fatal(err)
		}
		debug.FreeOSMemory()
		_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // begins VmHWM anew where Linux lets us
		run, err := db.StartRun(b.Context(), season.Run{County: county.Code, Season: "winter", Registry: registry, Spec: season.Spec{
			County: county, Season: fields.Season{Name: "winter", Start: scenes[0].Datetime, End: scenes[len(scenes)-1].Datetime.AddDate(0, 0, 1)}, RegistryDigest: "d", Scenes: scenes,
			Lattice: imagery.Lattice{CRS: tileCRS, PixelSizeM: 10, BlockPx: 2048}}})
		if err != nil {
			b.Fatal(err)
		}
		limit := t.decode(b, scenes)
		spent := t.drive(b, db, queue, run)
		again := t.decode(b, scenes)
		limit = usage{(limit.wall + again.wall) / 2, (limit.cpu + again.cpu) / 2}
		t.report(b, url, limit, spent)
	}
}

// tools decode in this process, so that its time and memory are all there is;
// what a child costs beyond that is measured by the pool's own benchmark.
func (t tileBench) tools() workers.Tools {
	open := pixelsFor(t.threads)
	var covers sync.Map // of *zonal.Coverage, by name
	quiet := func(string) {}
	return workers.Tools{
		Verify: func(ctx context.Context, s imagery.Scene) (imagery.Scene, error) {
			r := open(quiet)
			defer r.Close()
			return r.Probe(ctx, s)
		},
		Observe: func(ctx context.Context, l decoder.Look) (data, shared []byte, err error) {
			known, ok := covers.Load(l.Block)
			if !ok {
				packed, err := l.Coverage(ctx)
				if err != nil {
					return nil, nil, err
				}
				c := new(zonal.Coverage)
				if err := c.UnmarshalBinary(packed); err != nil {
					return nil, nil, err
				}
				known, _ = covers.LoadOrStore(l.Block, c)
			}
			r := open(quiet)
			defer r.Close()
			o, err := observe.Block(ctx, r, l.Scene, known.(*zonal.Coverage), l.Params)
			if err != nil {
				return nil, nil, err
			}
			if shared, err = o.Part(0, l.Shared).MarshalBinary(); err != nil {
				return nil, nil, err
			}
			data, err = o.Part(l.Shared, len(o.Parcels)).MarshalBinary()
			return data, shared, err
		},
	}
}

// drive takes a run to its series and tells what each stage took.
func (t tileBench) drive(b *testing.B, db *postgis.DB, queue asynq.RedisConnOpt, run season.Run) map[string]usage {
	ctx, stop := context.WithCancel(b.Context())
	wake := make(chan struct{}, 1)
	stages := workers.Season(db, t.tools())[:4]
	log := slog.New(slog.DiscardHandler)
	w := &workers.Worker{Claims: db, Stages: stages, Log: log, Woke: func(string) {
		select {
		case wake <- struct{}{}:
		default:
		}
	}}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := w.Serve(ctx, queue, t.threads); err != nil {
			b.Error(err)
		}
	})
	defer serving.Wait()
	defer stop()
	spent, last, at := map[string]usage{}, used(), ""
	turn := func(stage string) {
		if stage != at {
			now := used()
			spent[at], last, at = now.since(last), now, stage
		}
	}
	q := workers.NewQueue(queue)
	defer q.Close()
	r := workers.Reconciler{Ledger: db, Queue: q, Stages: stages, Log: log, Now: time.Now, Wake: wake, Progress: func(all []ledger.Progress) {
		turn(all[len(all)-1].Stage)
	}}
	if err := r.Drive(ctx, run); err != nil {
		b.Fatal(err)
	}
	turn("")
	return spent
}

func (t tileBench) report(b *testing.B, url string, limit usage, spent map[string]usage) {
	count := func(sql string) float64 {
		out, err := exec.Command("psql", url, "-AtXc", sql).Output()
		if err != nil {
			b.Fatal(err)
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	parcels := count("select count(*) from series")
	if failed := count("select count(*) from work where state = 'failed'"); failed > 0 || parcels < .99*float64(t.parcels) {
		b.Errorf("%v units failed, %v series of %d parcels", failed, parcels, t.parcels)
	}
	each := parcels * float64(t.dates)
	b.Logf("decode limit: %.1f s, %.1f s of processors", limit.wall.Seconds(), limit.cpu.Seconds())
	for stage, u := range spent {
		b.Logf("%s: %.1f s, %.1f s of processors", stage, u.wall.Seconds(), u.cpu.Seconds())
	}
	observe := spent["observe"]
	b.ReportMetric(observe.cpu.Seconds()/limit.cpu.Seconds(), "decode-ratio")
	b.ReportMetric(observe.wall.Seconds()/limit.wall.Seconds(), "decode-wall-ratio")
	b.ReportMetric(peakMB(), "peak-MB")
	b.ReportMetric(count("select sum(octet_length(data) + octet_length(shared)) from observation")/each, "B/parcel-date")
	b.ReportMetric(count("select sum(pg_column_size(s.*)) from series s")/each, "series-B/parcel-date")
}
