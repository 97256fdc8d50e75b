package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileAppearsWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.csv")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	half := func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, errors.New("the rest fails"))
	}
	if err := writeWhole(path, nil, half); err == nil {
		t.Fatal("a failed write passes")
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "before" {
		t.Fatalf("after a failed write the file holds %q, %v", b, err)
	}
	whole := func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }
	if err := writeWhole(path, nil, whole); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "whole" {
		t.Fatalf("the file holds %q, %v", b, err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".parus-*")); err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
}

func TestWhatIsNoFileStaysWhatItIs(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "null") // a rename would replace the link, not the machine's device
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Fatal(err)
	}
	if err := writeWhole(link, nil, func(w io.Writer) error { _, err := io.WriteString(w, "gone"); return err }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Fatalf("the link to the device is now %v, %v", info, err)
	}
}
