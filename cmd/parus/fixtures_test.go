package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parus/fields"
)

func countyArgs(dir string, more ...string) []string {
	return append([]string{"fixtures", "county", "--seed", "4", "--households", "20", "--size-px", "96", "--dates", "4", "-o", dir}, more...)
}

// treeDigest hashes all names and contents below a folder.
func treeDigest(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", strings.TrimPrefix(path, dir), len(text), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestFixturesCountyWritesTheSameFilesTwice(t *testing.T) {
	t.Parallel()
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	var out, errs bytes.Buffer
	s := &streams{Out: &out, Err: &errs}
	if code := run(context.Background(), countyArgs(a, "--threads", "1"), s); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	if code := run(context.Background(), countyArgs(b, "--threads", "4"), s); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	if treeDigest(t, a) != treeDigest(t, b) {
		t.Error("one thread and four write different files")
	}
	if !strings.Contains(out.String(), "20 households") {
		t.Errorf("said %q", out.String())
	}
	f, err := os.Open(filepath.Join(a, "county.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := fields.ReadCounty(f)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := c.Season("2025-summer"); err != nil || s.Days() != 142 { // 30 + 31 + 31 + 30 + 20
		t.Errorf("summer of %d days, %v", s.Days(), err)
	}
	if c.CropModelOf("2025-winter") != "model-winter" {
		t.Errorf("winter's model is %q", c.CropModelOf("2025-winter"))
	}
	for _, name := range []string{c.Statistics, c.Prices, c.Weather, c.Declared, c.Households} {
		if _, err := os.Stat(filepath.Join(a, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestFixturesCountyLeavesNothingHalfWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		ctx  func() context.Context
		want int
	}{
		"a folder that is in use":  {countyArgs(dir), context.Background, exitUsage},
		"land for too many people": {append(countyArgs(filepath.Join(dir, "x")), "--households", "9000"), context.Background, exitUsage},
		"an interruption": {countyArgs(filepath.Join(dir, "y")), func() context.Context {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return ctx
		}, exitFail},
	} {
		var errs bytes.Buffer
		if code := run(c.ctx(), c.args, &streams{Out: &errs, Err: &errs}); code != c.want {
			t.Errorf("%s: exit %d, want %d: %s", name, code, c.want, errs.String())
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 {
		t.Errorf("left %v", left)
	}
}
