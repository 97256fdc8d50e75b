package stac_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parus/imagery/stac"
)

// realData returns a folder of the real data, or skips aloud.
func realData(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("PARUS_REAL_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: no real data at %s: set PARUS_REAL_DATA", path)
	}
	return path
}

// itemsIn counts the items that a file itself holds, by the plainest reading.
func itemsIn(t *testing.T, path string) (kind string, n int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Type     string            `json:"type"`
		Features []json.RawMessage `json:"features"`
	}
	if json.Unmarshal(data, &d) != nil {
		return "", 0
	}
	if d.Type == "Feature" {
		return d.Type, 1
	}
	return d.Type, len(d.Features)
}

func TestEveryRealItemEndsAsSceneOrRefusal(t *testing.T) {
	t.Parallel()
	files, items := 0, 0
	err := filepath.WalkDir(realData(t, "conformance", "stac"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		files++
		kind, n := itemsIn(t, path)
		r, err := stac.Load(context.Background(), path, stac.Query{})
		switch {
		case err != nil && !strings.Contains(err.Error(), path):
			t.Errorf("%s is not named: %v", path, err)
		case err != nil && (kind == "Feature" || kind == "FeatureCollection"):
			t.Errorf("%s fails as a whole: %v", path, err)
		case kind == "Feature" || kind == "FeatureCollection":
			items += n
			if got := len(r.Scenes) + len(r.Refused); got != n {
				t.Errorf("%s holds %d items, %d end as scene or refusal", path, n, got)
			}
		}
		for _, ref := range r.Refused {
			if ref.ID == "" || len(ref.Reason) < 10 {
				t.Errorf("%s: %q is refused with %q", path, ref.ID, ref.Reason)
			}
		}
		for _, s := range r.Scenes {
			if s.ID == "" || s.Datetime.IsZero() || s.Sensor == "" || len(s.Bands) == 0 || s.InputDigest == "" {
				t.Errorf("%s: half a scene: %+v", path, s)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 10 || items < 10 {
		t.Errorf("only %d files with %d items were read", files, items)
	}
}

func TestRealSAFEMetadataWithoutPixelsAreRefusedByFile(t *testing.T) {
	t.Parallel()
	r := load(t, realData(t, "conformance", "safe"), stac.Query{})
	if len(r.Scenes) != 0 || len(r.Refused) != 4 {
		t.Fatalf("%d scenes, refused %+v", len(r.Scenes), r.Refused)
	}
	for _, ref := range r.Refused {
		want := "_B02_10m.jp2 is missing"
		if strings.Contains(ref.ID, "MSIL1C") {
			want = "Level-1C"
		}
		if !strings.Contains(ref.Reason, want) {
			t.Errorf("%s: %q, want %q", ref.ID, ref.Reason, want)
		}
	}
}
