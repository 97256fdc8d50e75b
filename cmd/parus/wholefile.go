package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writeWhole writes to a file that appears whole or not at all, or to stdout
// for "" and "-".
func writeWhole(path string, stdout io.Writer, write func(io.Writer) error) error {
	if path == "" || path == "-" {
		return buffered(stdout, write)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".parus-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already where the rename went well
	err = buffered(f, write)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<20)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}
