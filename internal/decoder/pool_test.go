package decoder_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/zonal"
	"parus/internal/decoder"
)

// pool starts children that are this test binary.
func pool(t testing.TB, c decoder.Config) *decoder.Pool {
	t.Helper()
	c.Program, c.Env = os.Args[0], []string{childMark + "=1"}
	if c.MemoryBytes == 0 {
		c.MemoryBytes = 4 << 30
	}
	p := decoder.Start(c)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func scene(fate string) imagery.Scene {
	return imagery.Scene{ID: "S2_" + fate, Sensor: "sentinel-2-l2a", Datetime: time.Date(2025, 4, 1, 3, 0, 0, 0, time.UTC), Bands: []imagery.Band{
		{Name: "SCL", Href: "sound/SCL.tif", Index: 1}, {Name: "B04", Href: fate + "/B04.tif", Index: 1, Scale: 1e-4}}}
}

func TestAFaultTakesItsOwnItemOnly(t *testing.T) {
	t.Parallel()
	p := pool(t, decoder.Config{Jobs: 2, Deadline: 20 * time.Second})
	cases := []struct {
		fate string
		what decoder.What
		want []string
	}{
		{"segfault", decoder.Crashed, []string{"crashed (SIGSEGV)", "damaged"}},
		{"abort", decoder.Crashed, []string{"crashed (SIGABRT)"}},
		{"trap", decoder.Crashed, []string{"crashed (SIGFPE)"}},
		{"panic", decoder.Crashed, []string{"in disorder"}},
		{"kill", decoder.Killed, []string{"killed from outside"}},
		{"hoard", decoder.Overgrew, []string{"memory", "--memory"}},
		{"gulp", decoder.Overgrew, []string{"memory"}},
	}
	var wg sync.WaitGroup
	for i := range 8 { // sound items all the while
		wg.Go(func() {
			s := scene("sound")
			s.ID += fmt.Sprint(i)
			if got, err := p.Verify(t.Context(), s); err != nil || got.ID != s.ID || len(got.Notes) != 1 {
				t.Errorf("%s: %v %v", s.ID, got, err)
			}
		})
	}
	for _, c := range cases {
		wg.Go(func() {
			_, err := p.Verify(t.Context(), scene(c.fate))
			var f *decoder.Fault
			if !errors.As(err, &f) || f.What != c.what || decoder.IsPassing(err) != (c.what == decoder.Killed) {
				t.Errorf("%s: %v", c.fate, err)
				return
			}
			for _, part := range append(c.want, "S2_"+c.fate, "while reading B04 in "+c.fate+"/B04.tif") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
	wg.Wait()
}

func TestAHangingDecoderIsEnded(t *testing.T) {
	t.Parallel()
	p := pool(t, decoder.Config{Jobs: 1, Deadline: 3 * time.Second})
	_, err := p.Verify(t.Context(), scene("hang"))
	var f *decoder.Fault
	if !errors.As(err, &f) || f.What != decoder.Hung || !strings.Contains(err.Error(), "no answer for 3s while reading B04") {
		t.Errorf("%v", err)
	}
}

func TestWhoWaitsForAHangingDecoderMayGo(t *testing.T) {
	t.Parallel()
	p := pool(t, decoder.Config{Jobs: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := p.Verify(ctx, scene("hang")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, err := p.Verify(t.Context(), scene("sound")); err != nil {
		t.Errorf("the next: %v", err)
	}
}

func TestWhatAChildSaysIsBounded(t *testing.T) {
	t.Parallel()
	p := pool(t, decoder.Config{Jobs: 1})
	if _, err := p.Verify(t.Context(), scene("garble")); err == nil || !strings.Contains(err.Error(), "garbled") || !strings.Contains(err.Error(), "S2_garble") {
		t.Errorf("%v", err)
	}
	if _, err := p.Verify(t.Context(), scene("chatter")); err != nil {
		t.Errorf("long words: %v", err)
	}
	if _, err := p.Verify(t.Context(), scene("error")); err == nil || err.Error() != "B04: not a picture" {
		t.Errorf("%v", err)
	}
	if crs, err := p.CRS(t.Context(), scene("sound")); crs != "EPSG:32650" || err != nil {
		t.Errorf("%q %v", crs, err)
	}
}

// squares is a coverage of one parcel, 2 × 1 pixels of a grid of 4 × 4.
func squares(t testing.TB) (imagery.Grid, []byte) {
	t.Helper()
	g := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{0, 10, 0, 40, 0, -10}, Width: 4, Height: 4}
	c, refused := zonal.Cover(g, []zonal.Shape{{ID: "p", Polygon: orb.MultiPolygon{{{{0, 0}, {20, 0}, {20, 10}, {0, 10}, {0, 0}}}}}})
	data, err := c.MarshalBinary()
	if err != nil || len(refused) > 0 {
		t.Fatal(err, refused)
	}
	return g, data
}

func look(t testing.TB, fate string, block int) decoder.Look {
	t.Helper()
	g, c := squares(t)
	return decoder.Look{Scene: scene(fate), Params: observe.Params{Bands: []string{"B04"}}, Grid: g, Block: fmt.Sprint(block), Coverage: func(context.Context) ([]byte, error) { return c, nil }}
}

func TestChildrenMeasureAsThisProcessWould(t *testing.T) {
	t.Parallel()
	p := pool(t, decoder.Config{Jobs: 1})
	want, _, err := decoder.Measure(t.Context(), saboteur{func(string) {}}, look(t, "sound", 0))
	if err != nil {
		t.Fatal(err)
	}
	// More blocks than a child keeps coverages, there and back; the child dies
	// half-way and forgets them.
	for i, block := range []int{0, 1, 2, 3, 4, 5, 0, 1, 5, 4, 0} {
		got, _, err := p.Observe(t.Context(), look(t, "sound", block))
		if err != nil || string(got) != string(want) {
			t.Fatalf("look %d: %v", i, err)
		}
		if i == 7 {
			if _, _, err := p.Observe(t.Context(), look(t, "segfault", block)); err == nil || !strings.Contains(err.Error(), "SIGSEGV") {
				t.Errorf("%v", err)
			}
		}
	}
	if _, _, err := p.Observe(t.Context(), look(t, "nothing", 0)); !errors.Is(err, observe.ErrNoOverlap) {
		t.Errorf("%v", err)
	}
	broken := look(t, "sound", 7)
	broken.Coverage = func(context.Context) ([]byte, error) { _, c := squares(t); return c[:len(c)-1], nil }
	unloaded := look(t, "sound", 8)
	unloaded.Coverage = func(context.Context) ([]byte, error) { return nil, errors.New("the database is away") }
	if _, _, err := p.Observe(t.Context(), unloaded); err == nil || !strings.Contains(err.Error(), "database is away") {
		t.Errorf("%v", err)
	}
	if _, _, err := p.Observe(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "coverage 7") {
		t.Errorf("%v", err)
	}
}

func TestAUnitThatNeverFitsIsRefusedAndOthersWait(t *testing.T) {
	t.Parallel()
	l := look(t, "sound", 0)
	p := pool(t, decoder.Config{Jobs: 4, MemoryBytes: decoder.LookBytes(l) * 3 / 2}) // one at a time
	big := l
	big.Grid.Width, big.Grid.Height = 1<<20, 1<<20
	_, _, err := p.Observe(t.Context(), big)
	var e *decoder.TooLarge
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "S2_sound") || !strings.Contains(err.Error(), "GiB of memory and") {
		t.Errorf("%v", err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, _, err := p.Observe(t.Context(), l); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestNothingIsLeftOfAPool(t *testing.T) {
	t.Parallel()
	mark := fmt.Sprintf("PARUS_TEST_POOL=%d", time.Now().UnixNano())
	p := decoder.Start(decoder.Config{Program: os.Args[0], Env: []string{childMark + "=1", mark}, Jobs: 2, MemoryBytes: 4 << 30})
	for range 4 {
		if _, err := p.Verify(t.Context(), scene("sound")); err != nil {
			t.Fatal(err)
		}
	}
	if n := marked(t, mark); n == 0 {
		t.Error("no child was found while the pool was open")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if n := marked(t, mark); n > 0 {
		t.Errorf("%d children are left", n)
	}
}

// marked counts the processes with an entry in their environment.
func marked(t *testing.T, entry string) (n int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if b, err := os.ReadFile(path); err == nil && strings.Contains(string(b), entry) {
			n++
		}
	}
	return n
}

func TestAProgramThatIsNoDecoderIsNamed(t *testing.T) {
	t.Parallel()
	p := decoder.Start(decoder.Config{Program: "/nowhere/parus", Jobs: 1})
	defer p.Close()
	if _, err := p.Verify(t.Context(), scene("sound")); err == nil || !strings.Contains(err.Error(), "/nowhere/parus") {
		t.Errorf("%v", err)
	}
}

// BenchmarkRoundTrip is the cost of a job beyond its work.
func BenchmarkRoundTrip(b *testing.B) {
	p := pool(b, decoder.Config{Jobs: 1})
	l := look(b, "sound", 0)
	for b.Loop() {
		if _, _, err := p.Observe(b.Context(), l); err != nil {
			b.Fatal(err)
		}
	}
}
