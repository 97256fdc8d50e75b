package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/airbusgeo/godal"

	"parus/imagery"
	"parus/imagery/gdal"
)

// benchSet is the files of one comparison.
type benchSet struct {
	rasters           []string
	parcels, shuffled string
}

// cost is what one run took.
type cost struct {
	wall, cpu time.Duration
	peakKiB   int64
}

// rounds is how often each row of the table is run, in turn with the others, so
// that whatever else the machine does falls on all.
const rounds = 3

// TestZonalTable writes a table of `parus zonal` against the decoding of the
// same files in the same run to the file PARUS_BENCH. With BENCH=dir it runs on
// dir/data/s2/D*_B0?.tif, dir/data/parcels_200k.gpkg and …_shuf.gpkg.
func TestZonalTable(t *testing.T) {
	path := os.Getenv("PARUS_BENCH")
	if path == "" {
		t.Skip("measures for minutes: run make bench")
	}
	set := generatedBench(t)
	if dir := os.Getenv("BENCH"); dir != "" {
		set = givenBench(t, dir)
	}
	rows := []struct {
		name    string
		threads int
		run     func() cost
	}{
		{"decode", 1, func() cost { return decode(t, set.rasters, 1) }},
		{"decode", 2, func() cost { return decode(t, set.rasters, 2) }},
		{"mean", 1, func() cost { return zonalRun(t, set, set.parcels, "mean", 1) }},
		{"mean", 2, func() cost { return zonalRun(t, set, set.parcels, "mean", 2) }},
		{"mean, parcels shuffled", 2, func() cost { return zonalRun(t, set, set.shuffled, "mean", 2) }},
		{"mean, stdev, median, count", 2, func() cost { return zonalRun(t, set, set.parcels, "count,mean,stdev,median", 2) }},
	}
	gdal.LimitCache(0) // or decoding would take the time of filling memory
	costs := make([][]cost, len(rows))
	for range rounds {
		for i, r := range rows {
			costs[i] = append(costs[i], r.run())
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "\n%d rasters, %s; %d rounds in turn\n\n", len(set.rasters), filepath.Base(set.parcels), rounds)
	out.WriteString("| run | threads | wall s, least – median | CPU s, least – median | wall ÷ decode | CPU ÷ decode | peak MiB |\n|---|---|---|---|---|---|---|\n")
	for i, r := range rows {
		wall, cpu := ranked(costs[i], func(c cost) time.Duration { return c.wall }), ranked(costs[i], func(c cost) time.Duration { return c.cpu })
		limit := costs[r.threads-1]
		var peak int64
		for _, c := range costs[i] {
			peak = max(peak, c.peakKiB)
		}
		fmt.Fprintf(&out, "| %s | %d | %.1f – %.1f | %.1f – %.1f | %.2f | %.2f | %s |\n", r.name, r.threads,
			wall[0].Seconds(), wall[rounds/2].Seconds(), cpu[0].Seconds(), cpu[rounds/2].Seconds(),
			ratio(wall, ranked(limit, func(c cost) time.Duration { return c.wall })),
			ratio(cpu, ranked(limit, func(c cost) time.Duration { return c.cpu })), mebibytes(peak))
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func ranked(costs []cost, of func(cost) time.Duration) []time.Duration {
	var out []time.Duration
	for _, c := range costs {
		out = append(out, of(c))
	}
	slices.Sort(out)
	return out
}

// ratio compares the medians.
func ratio(a, b []time.Duration) float64 { return a[len(a)/2].Seconds() / b[len(b)/2].Seconds() }

func mebibytes(kib int64) string {
	if kib == 0 {
		return "" // shared with this test
	}
	return fmt.Sprint(kib >> 10)
}

// decode reads every pixel of the rasters block by block and does nothing with
// them, a file at a time in each thread.
func decode(t *testing.T, rasters []string, threads int) cost {
	t.Helper()
	from, cpu := time.Now(), cpuOf(t)
	queue := make(chan string)
	var wg sync.WaitGroup
	for range threads {
		wg.Go(func() {
			buf := make([]uint16, 512*512)
			for name := range queue {
				if err := decodeFile(name, buf); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, name := range rasters {
		queue <- name
	}
	close(queue)
	wg.Wait()
	return cost{wall: time.Since(from), cpu: cpuOf(t) - cpu}
}

func decodeFile(name string, buf []uint16) error {
	f, err := gdal.OpenRaster(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for y := 0; y < f.Grid.Height; y += 512 {
		for x := 0; x < f.Grid.Width; x += 512 {
			w := imagery.Window{X: x, Y: y, Width: min(512, f.Grid.Width-x), Height: min(512, f.Grid.Height-y)}
			if err := gdal.ReadPixels(f, 1, w, buf[:w.Width*w.Height]); err != nil {
				return err
			}
		}
	}
	return nil
}

// cpuOf is the processor time of this process so far.
func cpuOf(t *testing.T) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// zonalRun runs the verb in a process of its own.
func zonalRun(t *testing.T, set benchSet, parcels, stats string, threads int) cost {
	t.Helper()
	args := []string{"zonal", "--parcels", parcels, "--id", "id", "--stats", stats, "--threads", fmt.Sprint(threads), "-o", filepath.Join(t.TempDir(), "out.csv")}
	for _, r := range set.rasters {
		args = append(args, "--raster", r)
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GDAL_CACHEMAX=") }), childMark+"=1")
	from := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wall := time.Since(from)
	if err := os.Remove(args[len(args)-2*len(set.rasters)-1]); err != nil {
		t.Fatal(err)
	}
	c := cost{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.peakKiB = r.Maxrss
	}
	return c
}

func givenBench(t *testing.T, dir string) benchSet {
	t.Helper()
	rasters, err := filepath.Glob(filepath.Join(dir, "data", "s2", "D*_B0?.tif"))
	if err != nil || len(rasters) == 0 {
		t.Fatalf("BENCH=%s holds no data/s2/D*_B0?.tif (%v)", dir, err)
	}
	return benchSet{rasters, filepath.Join(dir, "data", "parcels_200k.gpkg"), filepath.Join(dir, "data", "parcels_200k_shuf.gpkg")}
}

// generatedBench writes 48 bands of noise and a mosaic of about 28,000 parcels:
// as many for a pixel as a county has.
func generatedBench(t *testing.T) benchSet {
	t.Helper()
	if os.Getenv("BENCH") != "" {
		return benchSet{}
	}
	gdal.Register()
	const side, bands, step, keep = 2048, 48, 6, 4 // a parcel each 6 pixels, three of four enrolled
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	grid := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{500000, 10, 0, 4000000, 0, -10}, Width: side, Height: side}
	var set benchSet
	dn := make([]uint16, side*512)
	for b := range bands {
		path := filepath.Join(dir, fmt.Sprintf("b%02d.tif", b))
		w, err := gdal.CreateGeoTIFF(path, gdal.RasterSpec{Grid: grid, Bits: 16, Bands: []string{"B"}, BlockPx: 512})
		if err != nil {
			t.Fatal(err)
		}
		for y := 0; y < side; y += 512 {
			for i := range dn { // fields of 64 pixels, and the noise of a sensor
				dn[i] = uint16(400 + 300*((i%side/64+(y+i/side)/64*7+b)%9) + int(r.NormFloat64()*15))
			}
			if err := w.WriteRows(1, y, dn); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		set.rasters = append(set.rasters, path)
	}
	var features []string
	for y := step; y < side-step; y += step {
		for x := step; x < side-step; x += step {
			if r.IntN(keep) == 0 || len(features) == 28_000 {
				continue
			}
			features = append(features, quad(r, len(features), float64(x), float64(y), step))
		}
	}
	set.parcels = writeParcels(t, dir, "ordered", features)
	r.Shuffle(len(features), func(i, j int) { features[i], features[j] = features[j], features[i] })
	set.shuffled = writeParcels(t, dir, "shuffled", features)
	return set
}

// quad is a parcel of sixteen corners, its sides a little bent.
func quad(r *rand.Rand, id int, x, y, side float64) string {
	var corners []string
	for k := range 16 {
		s := float64(k%4) / 4 * side
		p := [4][2]float64{{s, 0}, {side, s}, {side - s, side}, {0, side - s}}[k/4]
		corners = append(corners, fmt.Sprintf("[%.2f,%.2f]", 500000+10*(x+p[0]+.3*r.Float64()), 4000000-10*(y+p[1]+.3*r.Float64())))
	}
	corners = append(corners, corners[0])
	return fmt.Sprintf(`{"type":"Feature","properties":{"id":%d},"geometry":{"type":"Polygon","coordinates":[[%s]]}}`, id, strings.Join(corners, ","))
}

func writeParcels(t *testing.T, dir, name string, features []string) string {
	t.Helper()
	text := `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::32650"}},"features":[` + strings.Join(features, ",\n") + `]}`
	path := filepath.Join(dir, name+".geojson")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := godal.Open(path, godal.VectorOnly())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	out, err := src.VectorTranslate(filepath.Join(dir, name+".gpkg"), []string{"-f", "GPKG", "-nln", "parcels"})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name+".gpkg")
}
