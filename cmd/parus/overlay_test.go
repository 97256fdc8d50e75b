package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parus/imagery/gdal"
	"parus/imagery/overlay"
	"parus/imagery/pmtiles"
	"parus/imagery/stac"
)

func TestArchivesHoldTheTilesOfTheMap(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "county")
	mustExit(t, exitOK, program(t, nil, append([]string{"fixtures", "county", "-o", dir}, worldArgs...)...))
	items := filepath.Join(dir, "scenes", "items.json")
	found, err := stac.Load(t.Context(), items, stac.Query{})
	if err != nil {
		t.Fatal(err)
	}
	day := found.Scenes[3].Datetime.UTC().Format(time.DateOnly)
	folder, one := filepath.Join(t.TempDir(), "all"), filepath.Join(t.TempDir(), "one.pmtiles")
	mustExit(t, exitOK, program(t, nil, "overlay", "--scenes", items, "--date", day, "--threads", "1", "-o", folder))
	mustExit(t, exitOK, program(t, nil, "overlay", "--scenes", items, "--date", day, "--kind", "vegetation", "-o", one))
	byKind := map[overlay.Kind]*pmtiles.Archive{}
	for _, kind := range overlay.Kinds() {
		paths, err := filepath.Glob(filepath.Join(folder, day+"-*-"+string(kind)+".pmtiles"))
		if err != nil || len(paths) != 1 {
			t.Fatalf("archives of %s: %v, %v", kind, paths, err)
		}
		file := readFile(t, paths[0])
		if kind == overlay.Vegetation && file != readFile(t, one) {
			t.Error("threads, or drawing one kind alone, change the archive")
		}
		if byKind[kind], err = pmtiles.Open(strings.NewReader(file)); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}

	reader := gdal.NewReader()
	reader.ForMap()
	defer reader.Close()
	scene, err := reader.Probe(t.Context(), found.Scenes[3])
	if err != nil {
		t.Fatal(err)
	}
	area, drawn := overlay.AreaOf(scene.Bound), map[overlay.Kind]int{}
	for _, cell := range area.Cells() {
		_, err := overlay.Render(t.Context(), reader, overlay.Job{Scene: scene, Cell: cell, Area: area}, func(d overlay.Drawn) error {
			drawn[d.Kind]++
			got, err := byKind[d.Kind].Tile(d.Tile.Z, d.Tile.X, d.Tile.Y)
			if err != nil || !bytes.Equal(got, d.Data) {
				t.Errorf("%s %s is another one in the archive: %v", d.Kind, d.Tile, err)
			}
			return nil
		})
		if err != nil && !errors.Is(err, overlay.ErrNothing) {
			t.Fatal(err)
		}
	}
	for kind, a := range byKind {
		all, _ := a.Tiles()
		least, most := a.Zooms()
		if all == 0 || all != drawn[kind] || least != overlay.MinZoom || most != overlay.MaxZoom || a.Info().Description != scene.ID {
			t.Errorf("%s: %d tiles of %d, zooms %d to %d, %+v", kind, all, drawn[kind], least, most, a.Info())
		}
	}
	if byKind[overlay.Vegetation].Kind() != pmtiles.PNG {
		t.Error("vegetation is not PNG")
	}
}

func TestOverlaySaysWhatIsWrongAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "county")
	mustExit(t, exitOK, program(t, nil, append([]string{"fixtures", "county", "-o", dir}, worldArgs...)...))
	items := filepath.Join(dir, "scenes", "items.json")
	out := filepath.Join(t.TempDir(), "out.pmtiles")
	for want, args := range map[string][]string{
		"14 scenes":      {"--scenes", items},
		"no usable":      {"--scenes", items, "--date", "1999-01-01"},
		"west, south":    {"--scenes", items, "--bounds", "3,2,1,4"},
		"true-colour":    {"--scenes", items, "--kind", "purple"},
		"no-such-folder": {"--scenes", "no-such-folder"},
	} {
		got := program(t, nil, append([]string{"overlay", "-o", out}, args...)...)
		if got.code == exitOK || !strings.Contains(got.errors, want) {
			t.Errorf("%v: status %d: %s", args, got.code, got.errors)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(out)); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
