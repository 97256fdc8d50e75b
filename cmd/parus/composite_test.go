package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parus/imagery"
	"parus/imagery/composite"
	"parus/imagery/gdal"
)

func TestCompositeOfTheGeneratedCounty(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "county")
	mustExit(t, exitOK, program(t, nil, append([]string{"fixtures", "county", "-o", dir}, worldArgs...)...))
	items := filepath.Join(dir, "scenes", "items.json")
	layers := func(threads string, more ...string) string {
		out := filepath.Join(t.TempDir(), "out.tif")
		mustExit(t, exitOK, program(t, nil, append([]string{"composite", "--scenes", items, "--layers", "4", "--threads", threads, "-o", out}, more...)...))
		return out
	}
	one, two := layers("1"), layers("2")
	if readFile(t, one) != readFile(t, two) {
		t.Error("threads change the file")
	}
	r, err := gdal.OpenRaster(layers("2", "--cog", "--index", "evi"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if len(r.Bands) != 4 || !strings.HasPrefix(r.Bands[0].Description, "evi 20") || r.Bands[0].Scale != composite.Scale {
		t.Errorf("%+v", r.Info)
	}
	px, known := make([]int16, r.Grid.Width*r.Grid.Height), 0
	if err := gdal.ReadPixels(r, 2, imagery.Window{Width: r.Grid.Width, Height: r.Grid.Height}, px); err != nil {
		t.Fatal(err)
	}
	for _, v := range px {
		if v != composite.NoData {
			known++
			if v < -20000 || v > 20000 {
				t.Fatalf("EVI of %d", v)
			}
		}
	}
	if known < len(px)/2 {
		t.Errorf("%d of %d pixels have a value", known, len(px))
	}
}

func TestCompositeSaysWhatIsWrongAndLeavesNothing(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out.tif")
	for want, args := range map[string][]string{
		"nothing.json": {"--scenes", "nothing.json"},
		"threads":      {"--scenes", "nothing.json", "--threads", "-1"},
	} {
		got := program(t, nil, append([]string{"composite", "-o", out}, args...)...)
		if got.code == exitOK || !strings.Contains(got.errors, want) {
			t.Errorf("%v: status %d: %s", args, got.code, got.errors)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(out)); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
